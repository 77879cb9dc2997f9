import { createHash } from 'node:crypto';
import { aRepo } from '@sortie/testing/domain-builders';
import type { ConvertBuild, ConvertContext, FoundFile } from './conversion.ts';

export const CONVERT_BUILD: ConvertBuild = {
  event: 'push',
  action: '',
  deployTo: 'staging',
  link: 'https://git.example.com/octo/hello/commit/6dcb09b5',
  source: 'main',
  before: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
  after: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  target: 'main',
  ref: 'refs/heads/main',
  title: '',
  message: 'add a feature',
  sourceRepo: '',
  authorLogin: 'octocat',
  authorName: 'The Octocat',
  authorEmail: 'octocat@example.com',
  authorAvatar: '',
  sender: 'octocat',
  params: { color: 'red' },
  cron: 'nightly',
  debug: false,
};

export interface ContextPatch {
  readonly files?: Readonly<Record<string, string>>;
  readonly templates?: Readonly<Record<string, string | undefined>>;
  readonly importLimit?: number;
  readonly isEnabled?: boolean;
  readonly steps?: number;
  readonly build?: Partial<ConvertBuild>;
}

/** A context in which both script languages are on. Files that are not given do not exist. */
export function convertContext(patch: ContextPatch = {}): ConvertContext {
  const { isEnabled = true, importLimit = 0, steps = 0 } = patch;
  const repo = aRepo({ namespace: 'octo', name: 'hello', link: 'https://git.example.com/octo/hello' });
  const files = new Map<string, FoundFile>();
  for (const [path, text] of Object.entries(patch.files ?? {})) files.set(path, { text });
  return {
    repo: { ...repo, id: 1, counter: 0, version: 1 },
    build: { ...CONVERT_BUILD, ...patch.build },
    rules: { jsonnet: { isEnabled, importLimit }, starlark: { isEnabled, steps, outputBytes: 0 } },
    files,
    templates: new Map(Object.entries(patch.templates ?? {})),
    hashes: { md5: hashWith('md5'), sha1: hashWith('sha1'), sha256: hashWith('sha256') },
    now: () => 1_700_000_000_000,
  };
}

function hashWith(algorithm: string): (bytes: Uint8Array) => string {
  return (bytes) => createHash(algorithm).update(bytes).digest('hex');
}
