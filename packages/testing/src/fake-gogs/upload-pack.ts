import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gunzipSync } from 'node:zlib';
import type { GitObjects } from './git-objects.ts';
import type { FakeRepo } from './state.ts';

/** Lets the `git` program answer fetches, from repositories that are written to a folder of their own. */
export interface UploadPack {
  answer(repo: FakeRepo, objects: GitObjects, request: Buffer, isCompressed: boolean): Promise<Buffer>;
  /** The folder of the repository, with all that it holds. */
  write(repo: FakeRepo, objects: GitObjects): Promise<string>;
  close(): Promise<void>;
}

export function createUploadPack(): UploadPack {
  let root: Promise<string> | undefined;
  const write = async (repo: FakeRepo, objects: GitObjects): Promise<string> => {
    root ??= mkdtemp(join(tmpdir(), 'fake-gogs-'));
    const folder = join(await root, String(repo.id));
    await writeRepository(folder, repo, objects);
    return folder;
  };
  return {
    write,
    async answer(repo, objects, request, isCompressed) {
      const folder = await write(repo, objects);
      const body = isCompressed ? gunzipSync(request) : request;
      return runGit(['upload-pack', '--stateless-rpc', folder], body);
    },
    async close() {
      if (root !== undefined) await rm(await root, { recursive: true, force: true });
    },
  };
}

/** Pushed objects stay loose, so that they can be read one by one. */
const CONFIG =
  '[core]\n\trepositoryformatversion = 0\n\tbare = true\n[receive]\n\tunpackLimit = 1000000\n\tautogc = false\n';

async function writeRepository(folder: string, repo: FakeRepo, objects: GitObjects): Promise<void> {
  await mkdir(join(folder, 'refs'), { recursive: true });
  await mkdir(join(folder, 'objects'), { recursive: true });
  await writeFile(join(folder, 'config'), CONFIG);
  await writeFile(join(folder, 'HEAD'), `ref: refs/heads/${repo.defaultBranch}\n`);
  for (const [sha, whole] of objects) {
    const path = join(folder, 'objects', sha.slice(0, 2), sha.slice(2));
    if (existsSync(path)) continue;
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, deflateSync(whole));
  }
  const refs = [...repo.refs]
    .filter(([, sha]) => objects.has(sha))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  await writeFile(join(folder, 'packed-refs'), refs.map(([name, sha]) => `${sha} ${name}\n`).join(''));
}

/** What the program prints; a refusal ("not our ref") is in it as well. */
export function runGit(args: readonly string[], request: Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const git = spawn('git', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  git.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  git.stdin.once('error', () => git.kill());
  git.once('error', reject);
  git.once('close', () => resolve(Buffer.concat(chunks)));
  git.stdin.end(request);
  return promise;
}
