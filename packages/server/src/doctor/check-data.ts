import { constants, existsSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Diagnosis, fail, failed, ok, warn } from './diagnosis.ts';

/** Below the first a server soon stops, below the second somebody should look. */
const LITTLE_BYTES = 200 * 1024 * 1024;
const SCARCE_BYTES = 2 * 1024 * 1024 * 1024;

export interface DataDeps {
  /** Bytes that are free for this account where the folder is. */
  readonly freeBytes: (path: string) => Promise<number>;
}

/** What the system says. */
export async function systemFreeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** The data folder and the room that is left for it. Nothing is written. */
export async function checkData(folder: string, deps: DataDeps): Promise<readonly Diagnosis[]> {
  if (!existsSync(folder))
    return [warn('data', `The data folder ${folder} is not there yet; the first start makes it.`)];
  try {
    if (!(await stat(folder)).isDirectory())
      return [fail('data', `${folder} is no folder.`, 'Set SORTIE_DATA to a folder.')];
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = 'Make it a folder that this account owns, or set SORTIE_DATA to another one.';
    return [fail('data', `The data folder ${folder} cannot be written to (${reason}).`, hint)];
  }
  const state = isServerRunning(folder) ? 'a server runs on it' : 'no server runs on it';
  if (!canReadLock(folder)) {
    const hint = 'Let this account read it; if no server runs, it can be removed.';
    const message = `The lock ${join(folder, LOCK_FILE)} cannot be read, so nobody knows whether a server runs.`;
    return [fail('data', message, hint), await checkDisk(folder, deps)];
  }
  return [ok('data', `The data folder ${folder} can be used; ${state}.`), await checkDisk(folder, deps)];
}

async function checkDisk(folder: string, { freeBytes }: DataDeps): Promise<Diagnosis> {
  try {
    const bytes = await freeBytes(folder);
    const text = `${(bytes / 1024 ** 3).toFixed(1)} GiB are free for the data folder.`;
    const hint =
      'Free some space, remove old builds with SORTIE_RETENTION, or move the folder and set SORTIE_DATA.';
    if (bytes < LITTLE_BYTES) return fail('disk', text, hint);
    return bytes < SCARCE_BYTES ? warn('disk', text, hint) : ok('disk', text);
  } catch (error) {
    return failed('disk', error);
  }
}

/** Whether a server holds the lock of the data folder; looks without taking it. A lock that cannot be read is not held. */
export function isServerRunning(folder: string): boolean {
  return readLock(folder) === 'held';
}

function canReadLock(folder: string): boolean {
  return readLock(folder) !== 'unreadable';
}

const LOCK_FILE = 'lock.sqlite';
const SQLITE_BUSY = 5;

function readLock(folder: string): 'held' | 'free' | 'unreadable' {
  const file = join(folder, LOCK_FILE);
  if (!existsSync(file)) return 'free';
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    lock.prepare('select count(*) from sqlite_schema').get();
    return 'free';
  } catch (error) {
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    return isBusy ? 'held' : 'unreadable';
  } finally {
    lock?.close();
  }
}
