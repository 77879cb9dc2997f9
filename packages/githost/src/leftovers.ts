import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes what a git child leaves behind that was killed: quarantined and temporary objects and lock files, which
 * would refuse every later push. Only while the lock of the repository is held and none of its children runs.
 */
export async function removeLeftovers(dir: string): Promise<void> {
  const isTemporary = /^(incoming-|tmp_objdir-|tmp_|\.tmp-)/;
  await removeMatching(join(dir, 'objects'), isTemporary, false);
  await removeMatching(join(dir, 'objects', 'pack'), isTemporary, false);
  await removeMatching(join(dir, 'refs'), /\.lock$/, true);
  await removeMatching(dir, /^(HEAD|packed-refs)\.lock$|^packed-refs\.new$|^gc\.pid$/, false);
}

async function removeMatching(dir: string, pattern: RegExp, recursive: boolean): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true, recursive }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  for (const entry of entries) {
    if (!pattern.test(entry.name)) continue;
    await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
  }
}
