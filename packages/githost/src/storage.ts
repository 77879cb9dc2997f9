import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import type { GitPool } from './git-pool.ts';

/**
 * Where bare repositories lie (scm.md 7.6): `<root>/<2 hex>/<uid>.git`. Names never become paths, so a rename
 * is free and a name can never lead out of the folder.
 */
export interface StorageDeps {
  readonly root: string;
  readonly pool: GitPool;
}

const UID = /^[0-9a-f]{8,64}$/;
const EMPTY = 'empty.git';
const TRASH = 'trash';

/** Path of the bare repository with this uid; the uid is lower-case hex, chosen by the caller. */
export function repoDir(root: string, uid: string): string {
  if (!UID.test(uid)) throw new TypeError('the uid of a repository must be 8 to 64 lower-case hex digits');
  return join(root, uid.slice(0, 2), `${uid}.git`);
}

/** Creates the folders, and the empty repository that stands in for one that does not exist yet. */
export async function prepareStorage(deps: StorageDeps): Promise<void> {
  await mkdir(join(deps.root, TRASH), { recursive: true, mode: 0o700 }).catch(fail);
  if (!(await isRepo(emptyDir(deps.root)))) await init(deps, emptyDir(deps.root));
}

/** Path of a repository without refs, never written to. */
export function emptyDir(root: string): string {
  return join(root, EMPTY);
}

/** True when the bare repository with this uid has been made. */
export function repoExists(root: string, uid: string): Promise<boolean> {
  return isRepo(repoDir(root, uid));
}

/** Makes the bare repository with this uid unless it exists. Throws `disk-full` and `data-folder`. */
export async function initRepo(deps: StorageDeps, uid: string): Promise<string> {
  const dir = repoDir(deps.root, uid);
  if (await isRepo(dir)) return dir;
  await mkdir(join(deps.root, uid.slice(0, 2)), { recursive: true, mode: 0o700 }).catch(fail);
  await init(deps, dir);
  return dir;
}

/** Moves a repository into the trash; `purgeTrash` removes it later. Absent repositories are fine. */
export async function trashRepo(root: string, uid: string, nowSeconds: number): Promise<void> {
  const dir = repoDir(root, uid);
  if (await isRepo(dir)) await rename(dir, join(root, TRASH, `${nowSeconds}-${uid}.git`)).catch(fail);
}

/** Removes what has lain in the trash for longer; returns how many repositories that were. */
export async function purgeTrash(root: string, nowSeconds: number, keepSeconds: number): Promise<number> {
  let purged = 0;
  for (const name of await readdir(join(root, TRASH))) {
    const trashed = Number(/^(\d+)-/.exec(name)?.[1]);
    if (!(trashed + keepSeconds <= nowSeconds)) continue;
    await rm(join(root, TRASH, name), { recursive: true, force: true });
    purged += 1;
  }
  return purged;
}

/** Built beside its place and moved there, so that a crash never leaves half a repository. */
async function init(deps: StorageDeps, dir: string): Promise<void> {
  const draft = `${dir}.new`;
  await rm(draft, { recursive: true, force: true });
  const args = ['init', '--quiet', '--bare', '--template=', '--object-format=sha1', '-b', 'main', draft];
  const { code, stderr } = await deps.pool.read(args);
  if (code !== 0) throw storageError(new Error(stderr.trim()));
  await rename(draft, dir).catch(fail);
}

async function isRepo(dir: string): Promise<boolean> {
  return stat(join(dir, 'HEAD')).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false;
      throw storageError(error);
    },
  );
}

function fail(error: Error): never {
  throw storageError(error);
}

function storageError(cause: Error): AppError {
  if (isDiskFull(cause.message)) {
    return new AppError('disk-full', 'The disk of the server is full.', {
      hint: 'Ask the administrator to free some space, then push again.',
      cause,
    });
  }
  return new AppError('data-folder', 'The folder of the Git repositories cannot be used.', {
    hint: 'The administrator finds the cause in the log of the server.',
    cause,
  });
}

/** True for the texts with which the system and git say that no space is left. */
export function isDiskFull(text: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(text);
}
