import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a repository takes up. */
export interface RepoUsage {
  readonly sizeBytes: number;
  readonly refs: number;
}

/** Measures a repository once and then counts along; the figures err on the high side. */
export interface UsageMeter {
  find(dir: string): Promise<RepoUsage>;
  grow(dir: string, by: RepoUsage): void;
  /** The next `find` measures again. */
  forget(dir: string): void;
}

export function createUsageMeter(): UsageMeter {
  const known = new Map<string, RepoUsage>();
  return {
    async find(dir) {
      const usage = known.get(dir) ?? (await measure(dir));
      known.set(dir, usage);
      return usage;
    },
    grow(dir, by) {
      const usage = known.get(dir);
      if (usage === undefined) return;
      known.set(dir, { sizeBytes: usage.sizeBytes + by.sizeBytes, refs: usage.refs + by.refs });
    },
    forget(dir) {
      known.delete(dir);
    },
  };
}

async function measure(dir: string): Promise<RepoUsage> {
  let sizeBytes = 0;
  for (const path of await listFiles(join(dir, 'objects'))) {
    sizeBytes += await stat(path).then(({ size }) => size, ignoreAbsent(0));
  }
  const loose = await listFiles(join(dir, 'refs'));
  const packed = await readFile(join(dir, 'packed-refs'), 'utf8').catch(ignoreAbsent(''));
  return {
    sizeBytes,
    refs: loose.length + packed.split('\n').filter((line) => /^[0-9a-f]/.test(line)).length,
  };
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(
    ignoreAbsent<Dirent[]>([]),
  );
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Files come and go while maintenance runs. */
function ignoreAbsent<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return fallback;
    throw error;
  };
}
