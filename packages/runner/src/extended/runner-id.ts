import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FORM = /^[0-9a-f-]{36}$/;

/** What tells this runner from all others, also from those with its name: made once and kept in `folder`. */
export async function readRunnerId(folder: string): Promise<string> {
  const path = join(folder, 'runner-id');
  const known = await readOptional(path);
  if (known !== undefined && FORM.test(known.trim())) return known.trim();
  const made = randomUUID();
  await writeFile(path, `${made}\n`, { mode: 0o600 });
  return made;
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
