import { createHash } from 'node:crypto';
import type { Visibility } from '@sortie/core/repo';
import type { FakeCall } from './fake-service.ts';

/** What every fake Git service serves: one small world, in the words of none of them. */
export const TIP = '9c4e7a10b2d3f4e5a6b7c8d9e0f1a2b3c4d5e6f7';
export const OLD = '5b1f0c2d9e8a47b6c3d2e1f00a9b8c7d6e5f4a3b';
export const SIDE = '1d2c3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4';
export const TAG_OBJECT = '7f6e5d4c3b2a19087f6e5d4c3b2a19087f6e5d4c';
export const TOKEN = 'token-of-ada';
/** The token of an account that sees no repository. */
export const STRANGER = 'token-of-bob';
export const TIME = '2026-03-04T04:06:07Z';

export type FakeAccess = 'read' | 'write' | 'admin';

export interface FakeForgeFile {
  readonly kind: 'file' | 'dir' | 'symlink' | 'submodule';
  readonly data: string;
  /** When it is larger than its data. */
  readonly size?: number;
}

export interface FakeForgeHook {
  readonly id: number;
  body: Record<string, unknown>;
}

export interface FakeForgeRepo {
  readonly id: number;
  readonly slug: string;
  /** Before it was renamed. Gitea and GitHub redirect from there. */
  formerSlug?: string;
  readonly isPrivate: boolean;
  /** Where the service has three levels; absent: as `isPrivate` says. */
  visibility?: Visibility;
  readonly access: FakeAccess;
  readonly branches: Map<string, string>;
  /** Name to what the ref holds and the commit behind it. */
  readonly tags: ReadonlyMap<string, { readonly object: string; readonly commit: string }>;
  readonly pulls: ReadonlyMap<number, string>;
  readonly hooks: FakeForgeHook[];
}

export interface FakeForgeState {
  readonly repos: FakeForgeRepo[];
  readonly commits: Map<
    string,
    { readonly message: string; readonly files: ReadonlyMap<string, FakeForgeFile> }
  >;
  /** Bodies of statuses, newest last. */
  readonly statuses: { readonly path: string; readonly body: unknown }[];
  nextHook: number;
}

const FILES = new Map<string, FakeForgeFile>([
  ['.drone.yml', { kind: 'file', data: 'kind: pipeline\n' }],
  ['empty.txt', { kind: 'file', data: '' }],
  ['README.md', { kind: 'file', data: 'hello\n' }],
  ['docs', { kind: 'dir', data: '' }],
  ['docs/a b#%+ü.txt', { kind: 'file', data: 'odd\n' }],
  ['dir', { kind: 'dir', data: '' }],
  ['dir/a b#c%ü+.txt', { kind: 'file', data: 'odd name' }],
  ['link', { kind: 'symlink', data: 'empty.txt' }],
  ['vendor', { kind: 'submodule', data: '' }],
  ['big.bin', { kind: 'file', data: 'x'.repeat(3000), size: 3000 }],
]);

/** A fresh world: `acme/rocket` (admin), `acme/shared` (write), `acme/seen` (read), `acme/void` (empty),
 * `acme/contract` (as the contract of drivers wants it), and more. */
export function createForgeState(moreRepos = 0): FakeForgeState {
  const rocket = {
    branches: new Map([
      ['main', TIP],
      ['feature/a/b', SIDE],
      ['same', SIDE],
    ]),
    tags: new Map([
      ['v1', { object: OLD, commit: OLD }],
      ['v2', { object: TAG_OBJECT, commit: TIP }],
      ['same', { object: OLD, commit: OLD }],
    ]),
    pulls: new Map([[7, SIDE]]),
  };
  const plain = { branches: new Map([['main', TIP]]), tags: new Map(), pulls: new Map() };
  const shared = {
    branches: new Map([
      ['main', TIP],
      ['feature/a/b', SIDE],
    ]),
    tags: new Map([['v1', { object: TAG_OBJECT, commit: TIP }]]),
    pulls: new Map(),
  };
  const bare = { branches: new Map(), tags: new Map(), pulls: new Map() };
  const repo = (
    id: number,
    slug: string,
    access: FakeAccess,
    refs: typeof rocket | typeof plain | typeof bare | typeof shared,
  ) => ({
    id,
    slug,
    access,
    isPrivate: true,
    hooks: [],
    ...refs,
    branches: new Map(refs.branches),
  });
  return {
    repos: [
      repo(41, 'acme/rocket', 'admin', rocket),
      repo(42, 'acme/shared', 'write', plain),
      repo(43, 'acme/seen', 'read', plain),
      repo(44, 'acme/void', 'admin', bare),
      repo(45, 'acme/contract', 'admin', shared),
      ...Array.from({ length: moreRepos }, (_, at) => repo(100 + at, `acme/more-${at}`, 'read', plain)),
    ],
    commits: new Map([
      [TIP, { message: 'tune nozzle\n', files: FILES }],
      [OLD, { message: 'older\n', files: new Map([['.drone.yml', { kind: 'file', data: 'kind: old\n' }]]) }],
      [
        SIDE,
        {
          message: 'side\n',
          files: new Map([
            ['.drone.yml', { kind: 'file', data: 'kind: side\n' }],
            ['README.md', { kind: 'file', data: 'feature\n' }],
          ]),
        },
      ],
    ]),
    statuses: [],
    nextHook: 1,
  };
}

export interface FakeForgePush {
  readonly branch: string;
  readonly before: string;
  readonly after: string;
  readonly message: string;
}

/** A new commit at the tip of `main`, with the files beside those that were there. Tells nobody. */
export function commitTo(
  state: FakeForgeState,
  slug: string,
  files: Readonly<Record<string, string>>,
): FakeForgePush {
  const repo = state.repos.find((known) => known.slug === slug);
  const before = repo?.branches.get('main');
  if (repo === undefined || before === undefined) throw new Error(`the fake has no branch main in ${slug}`);
  const message = `change number ${state.commits.size}\n`;
  const after = createHash('sha1').update(`${before} ${message}`).digest('hex');
  const entries = Object.entries(files).map(([path, data]) => [path, { kind: 'file', data }] as const);
  state.commits.set(after, {
    message,
    files: new Map<string, FakeForgeFile>([...(state.commits.get(before)?.files ?? []), ...entries]),
  });
  repo.branches.set('main', after);
  return { branch: 'main', before, after, message };
}

/** What Gitea or GitHub says of who sees the repository: to GitHub internal ones are private too. */
export function hubPrivacy(kind: 'gitea' | 'github', { isPrivate, visibility }: FakeForgeRepo): object {
  const word = visibility ?? (isPrivate ? 'private' : 'public');
  return kind === 'gitea'
    ? { private: word === 'private', internal: word === 'internal' }
    : { private: word !== 'public', visibility: word };
}

/** Whether the request carries a token that is alive. */
export function isSignedIn(authorization: unknown): boolean {
  return (
    typeof authorization === 'string' && (authorization.includes(TOKEN) || authorization.includes(STRANGER))
  );
}

/** The repositories that the token of the request may see. */
export function seenBy(state: FakeForgeState, call: FakeCall): readonly FakeForgeRepo[] {
  return String(call.headers.authorization).includes(TOKEN) ? state.repos : [];
}
