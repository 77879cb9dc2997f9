import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PlanClone } from '@sortie/core/plan';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { cloneRepository } from './clone.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
export const SLUG = 'ada/secret';

/** A fake Gogs with a private repository, and folders to clone into. */
export interface CloneWorld {
  readonly gogs: FakeGogs;
  /** Of the owner of the repository, with which everything is cloned. */
  readonly token: string;
  urlOf(slug: string): string;
  clone(members: Partial<PlanClone>): Promise<Cloned>;
  /** A program of git that does as it is told: a shell script. */
  addProgram(name: string, script: string): Promise<void>;
  close(): Promise<void>;
}

export interface Cloned {
  readonly exitCode: number;
  readonly log: string;
  readonly files: readonly string[];
  readonly directory: string;
  /** Of git in the checkout. */
  git(...args: readonly string[]): Promise<string>;
}

export async function openCloneWorld(): Promise<CloneWorld> {
  const gogs = await startFakeGogs();
  gogs.addUser('ada');
  gogs.addUser('eve');
  const token = gogs.addToken('ada');
  gogs.addRepo(SLUG, { isPrivate: true });
  const root = await mkdtemp(join(tmpdir(), 'sortie-clone-gogs-'));
  const urlOf = (slug: string) => `${gogs.url}${slug}.git`;
  let made = 0;
  return {
    gogs,
    token,
    urlOf,
    async clone(members) {
      made += 1;
      const directory = join(root, `checkout-${made}`);
      await mkdir(directory);
      const chunks: Uint8Array[] = [];
      const plan: PlanClone = {
        ...{ url: urlOf(SLUG), ref: 'refs/heads/main', commit: '', branch: 'main' },
        ...{ depth: 0, retries: 0, skipVerify: false, trace: false },
        ...members,
      };
      const exitCode = await cloneRepository(
        { path: `${root}/bin:${PATH}` },
        {
          clone: plan,
          credentials: { machine: '127.0.0.1', login: token, password: 'x-oauth-basic' },
          directory,
          environment: {},
          signal: new AbortController().signal,
          output: (bytes) => void chunks.push(bytes),
        },
      );
      const git = async (...args: readonly string[]): Promise<string> => {
        const env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
        return (await promisify(execFile)('git', args, { cwd: directory, env })).stdout.trim();
      };
      const files = (await readdir(directory)).filter((name) => name !== '.git').sort();
      return { exitCode, log: Buffer.concat(chunks).toString(), files, directory, git };
    },
    async addProgram(name, script) {
      await mkdir(join(root, 'bin'), { recursive: true });
      await writeFile(join(root, 'bin', `git-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    },
    async close() {
      await gogs.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
