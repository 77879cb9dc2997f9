import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What git writes where a ref has no value. */
export const ZERO_ID = '0'.repeat(40);

const OBJECT_ID = /^[0-9a-f]{40}$/;
const MAX_REF_BYTES = 1024;

/** Full names of refs to object ids. */
export type RefMap = ReadonlyMap<string, string>;

/** True for a full SHA-1 in lower case. */
export function isObjectId(text: string): boolean {
  return OBJECT_ID.test(text);
}

/** True for a full ref name (`refs/…`) as git check-ref-format allows it; such a name is safe in a path (X21). */
export function isRefName(text: string): boolean {
  if (!text.startsWith('refs/') || Buffer.byteLength(text) > MAX_REF_BYTES) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(text) || text.endsWith('.')) return false;
  return text.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/**
 * The values of the named refs, read from the files of a bare repository without starting git. The caller
 * holds the lock of the repository. Absent refs and names that are no ref names are left out.
 */
export async function readRefs(dir: string, names: Iterable<string>): Promise<RefMap> {
  const found = new Map<string, string>();
  const packed = new Set<string>();
  for (const name of new Set(names)) {
    if (!isRefName(name)) continue;
    const value = (await readOrUndefined(join(dir, name)))?.trim();
    if (value !== undefined && isObjectId(value)) found.set(name, value);
    else packed.add(name);
  }
  if (packed.size === 0) return found;
  const lines = (await readOrUndefined(join(dir, 'packed-refs')))?.split('\n') ?? [];
  for (const line of lines) {
    const name = line.slice(41);
    if (packed.has(name) && isObjectId(line.slice(0, 40))) found.set(name, line.slice(0, 40));
  }
  return found;
}

/** The branch that HEAD names, whether or not it exists; `undefined` for a detached HEAD. */
export async function readHead(dir: string): Promise<string | undefined> {
  const target = /^ref: (.+)\n?$/.exec((await readOrUndefined(join(dir, 'HEAD'))) ?? '')?.[1];
  return target !== undefined && isRefName(target) ? target : undefined;
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // EISDIR, ENOTDIR: `refs/heads/a` is asked for where `refs/heads/a/b` exists, or the other way round.
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined;
    throw error;
  });
}
