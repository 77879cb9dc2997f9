import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '@sortie/core/errors';

/** Makes the data folder, readable by its owner only, and proves that it can be written to. */
export async function prepareDataFolder(path: string): Promise<void> {
  const probe = join(path, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x');
    await rm(probe);
  } catch (error) {
    throw toAppError(path, error);
  }
}

/** A server that is being replaced gets this long to let go. */
const LOCK_WAIT_MS = 1_000;

/**
 * Keeps every other server out of the data folder until the returned function is called: two at once would end
 * each other's builds and remove each other's files. The lock is SQLite's own, on a file for nothing else, because
 * the system drops it with the process, however that ends. Throws `data-folder`.
 */
export function lockDataFolder(path: string): () => void {
  const file = join(path, 'lock.sqlite');
  const lock = guarded(path, () => new DatabaseSync(file, { timeout: LOCK_WAIT_MS }));
  try {
    guarded(path, () => lock.exec('begin exclusive'));
  } catch (error) {
    lock.close();
    throw error;
  }
  return () => lock.close();
}

const SQLITE_BUSY = 5;

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isTaken = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    if (!isTaken) throw toAppError(path, error);
    throw new AppError('data-folder', `Another server uses the data folder ${path} already.`, {
      hint: 'Stop it, or give this one a folder of its own with SORTIE_DATA.',
      cause: error,
    });
  }
}

function toAppError(path: string, error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('disk-full', `The disk of the data folder ${path} is full.`, {
      hint: 'Free some space, or move the folder and set SORTIE_DATA.',
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('data-folder', `The data folder ${path} cannot be written to (${reason}).`, {
    hint: 'Make it a folder that this account owns, or set SORTIE_DATA to another one.',
    cause: error,
  });
}
