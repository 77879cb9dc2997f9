import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
