import type { GitRepo } from './objects.ts';
import { isObjectId, ZERO_ID } from './refs.ts';

/** One file that differs between two commits. */
export interface ChangedFile {
  readonly path: string;
  /** Where a renamed file was before. */
  readonly previousPath?: string;
  readonly change: 'added' | 'modified' | 'renamed' | 'deleted';
}

/** The tree without entries, which git knows without having it. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const MAX_OUTPUT = 4 * 1024 * 1024;

/**
 * The files that differ between two commits; against nothing when `before` is `ZERO_ID`. `undefined` means
 * unknown: a commit is gone, or the list is longer than 4 MiB. Unknown counts as changed (rulings.md).
 */
export async function changedFiles(
  repo: GitRepo,
  before: string,
  after: string,
): Promise<ChangedFile[] | undefined> {
  if (!isObjectId(before) || !isObjectId(after)) return undefined;
  const from = before === ZERO_ID ? EMPTY_TREE : before;
  const options = ['-r', '-z', '-M', '--no-commit-id', '--no-ext-diff', '--no-textconv', '--name-status'];
  const args = [`--git-dir=${repo.dir}`, 'diff-tree', ...options, from, after, '--'];
  const output = await repo.pool.read(args, { maxBytes: MAX_OUTPUT });
  if (output.code !== 0 || output.isCut) return undefined;
  return parseNameStatus(output.stdout.toString('utf8'));
}

/**
 * Paths that differ between two commits, both of a renamed file, for a repository that need not have its blobs.
 * `undefined` as in `changedFiles`.
 */
export async function changedPaths(
  repo: GitRepo,
  before: string,
  after: string,
): Promise<string[] | undefined> {
  if (!isObjectId(before) || !isObjectId(after)) return undefined;
  const options = ['-r', '-z', '--no-renames', '--no-commit-id', '--no-ext-diff', '--name-only'];
  const args = [`--git-dir=${repo.dir}`, 'diff-tree', ...options, '--end-of-options', before, after, '--'];
  const output = await repo.pool.read(args, { maxBytes: MAX_OUTPUT });
  if (output.code !== 0 || output.isCut) return undefined;
  return output.stdout.toString('utf8').split('\0').slice(0, -1);
}

function parseNameStatus(text: string): ChangedFile[] {
  const words = text.split('\0').values();
  const files: ChangedFile[] = [];
  for (let status = words.next().value; status; status = words.next().value) {
    const first = words.next().value ?? '';
    if (status.startsWith('R')) {
      files.push({ path: words.next().value ?? '', previousPath: first, change: 'renamed' });
    } else if (status.startsWith('A')) files.push({ path: first, change: 'added' });
    else if (status.startsWith('D')) files.push({ path: first, change: 'deleted' });
    else files.push({ path: first, change: 'modified' });
  }
  return files;
}
