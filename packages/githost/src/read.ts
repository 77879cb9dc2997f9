import { AppError } from '@sortie/core/errors';
import { peelObjects } from './changes.ts';
import { type GitCommit, MAX_COMMIT_BYTES, parseCommit } from './commit.ts';
import { findObjects, type GitRepo, type ObjectReader, withObjects } from './objects.ts';
import { isObjectId, isRefName, type RefMap } from './refs.ts';
import { parseTree, type TreeEntry } from './tree.ts';

/** What the server asks of a bare repository (scm.md 7.4). All ids are full SHA-1s. */
export interface GitFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly blobId: string;
}

export interface ResolvedRef {
  readonly ref: string;
  /** The object that the ref names: a tag object for annotated tags. */
  readonly objectId: string;
  /** The commit behind it. */
  readonly commit: string;
}

export interface NamedCommit {
  /** Name without `refs/heads/` or `refs/tags/`. */
  readonly name: string;
  readonly commit: string;
}

export const MAX_FILE_BYTES = 1024 * 1024;
const MAX_TREE_BYTES = 16 * 1024 * 1024;
const MAX_PATH_BYTES = 255;

/** A commit by sha or full ref name; `undefined` when there is none. */
export function findCommit(repo: GitRepo, shaOrRef: string): Promise<GitCommit | undefined> {
  return withObjects(repo, (reader) => readCommit(reader, shaOrRef));
}

/**
 * The file at a path of a commit, at most 1 MiB; `undefined` when commit or path do not exist. Symbolic links,
 * directories and submodules are refused (X22). Throws `invalid-request`, `config-missing`, `config-too-large`.
 */
export function fileAt(repo: GitRepo, commit: string, path: string): Promise<GitFile | undefined> {
  checkPath(path);
  return withObjects(repo, (reader) => readFileAt(reader, commit, path));
}

/** Both of the above with a single git child: what a push needs before its pipeline can be compiled. */
export function commitWithFile(
  repo: GitRepo,
  shaOrRef: string,
  path: string,
): Promise<{ commit: GitCommit; file: GitFile | undefined } | undefined> {
  checkPath(path);
  return withObjects(repo, async (reader) => {
    const commit = await readCommit(reader, shaOrRef);
    if (commit === undefined) return undefined;
    return { commit, file: await readFileAt(reader, commit.sha, path) };
  });
}

/** The entries of a directory, `''` for the root; `undefined` when it does not exist. */
export function listDir(repo: GitRepo, commit: string, path: string): Promise<TreeEntry[] | undefined> {
  if (path !== '') checkPath(path);
  return withObjects(repo, (reader) => readDir(reader, commit, path));
}

/** What a full ref name points to; `undefined` when it does not exist or leads to no commit. */
export async function resolveRef(repo: GitRepo, ref: string): Promise<ResolvedRef | undefined> {
  if (!isRefName(ref)) return undefined;
  const [object, commit] = await findObjects(repo, [ref, `${ref}^{commit}`]);
  if (object === undefined || commit === undefined) return undefined;
  return { ref, objectId: object.id, commit: commit.id };
}

/** All branches in the order of their names. */
export function listBranches(repo: GitRepo): Promise<NamedCommit[]> {
  return listNamed(repo, 'refs/heads/');
}

/** All tags that lead to a commit, in the order of their names. */
export function listTags(repo: GitRepo): Promise<NamedCommit[]> {
  return listNamed(repo, 'refs/tags/');
}

/**
 * Every branch and tag with its commit: what the caller keeps as "last seen" and hands to `reconcile`. Tags
 * that lead to no commit are left out.
 */
export async function snapshotRefs(repo: GitRepo): Promise<RefMap> {
  const refs = await listRefs(repo, ['refs/heads/', 'refs/tags/']);
  const peeled = await peelObjects(repo, [...new Set(refs.values())]);
  const commits = new Map<string, string>();
  for (const [ref, id] of refs) {
    const commit = peeled.get(id);
    if (commit !== undefined) commits.set(ref, commit);
  }
  return commits;
}

async function listNamed(repo: GitRepo, prefix: string): Promise<NamedCommit[]> {
  const refs = await snapshotRefs(repo);
  return [...refs]
    .filter(([ref]) => ref.startsWith(prefix))
    .map(([ref, commit]) => ({ name: ref.slice(prefix.length), commit }));
}

async function listRefs(repo: GitRepo, prefixes: readonly string[]): Promise<RefMap> {
  const args = [`--git-dir=${repo.dir}`, 'for-each-ref', '--format=%(objectname) %(refname)', ...prefixes];
  const { code, stdout } = await repo.pool.read(args);
  if (code !== 0) throw new AppError('internal', 'git could not list the refs of the repository.');
  const lines = stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

async function readCommit(reader: ObjectReader, shaOrRef: string): Promise<GitCommit | undefined> {
  if (!isObjectId(shaOrRef) && !isRefName(shaOrRef)) return undefined;
  const found = await reader.read(`${shaOrRef}^{commit}`, MAX_COMMIT_BYTES);
  if (found === undefined) return undefined;
  if (found.bytes === undefined) {
    throw new AppError('invalid-request', `Commit ${found.id} is larger than 1 MiB.`, {
      hint: 'Shorten its message.',
    });
  }
  return parseCommit(found.id, found.bytes);
}

async function readFileAt(reader: ObjectReader, commit: string, path: string): Promise<GitFile | undefined> {
  const cut = path.lastIndexOf('/');
  const entries = await readDir(reader, commit, path.slice(0, Math.max(cut, 0)));
  const entry = entries?.find((candidate) => candidate.name === path.slice(cut + 1));
  if (entry === undefined) return undefined;
  if (entry.kind !== 'file') {
    throw new AppError('config-missing', `${path} is a ${entry.kind}, not a file.`, {
      hint: 'Commit a regular file in its place.',
    });
  }
  const blob = await reader.read(entry.id, MAX_FILE_BYTES);
  if (blob === undefined) return undefined;
  if (blob.bytes !== undefined) return { path, bytes: blob.bytes, blobId: blob.id };
  throw new AppError('config-too-large', `${path} has ${blob.sizeBytes} bytes, more than 1 MiB.`, {
    hint: 'Make the file smaller or split it.',
  });
}

async function readDir(reader: ObjectReader, commit: string, path: string): Promise<TreeEntry[] | undefined> {
  if (!isObjectId(commit)) return undefined;
  let id = `${commit}^{tree}`;
  let entries: TreeEntry[] | undefined;
  // Level by level instead of `commit:path`: no expression ever holds text from outside.
  for (const part of ['', ...path.split('/')].slice(0, path === '' ? 1 : undefined)) {
    if (entries !== undefined) {
      const entry: TreeEntry | undefined = entries.find((candidate) => candidate.name === part);
      if (entry?.kind !== 'directory') return undefined;
      id = entry.id;
    }
    const tree = await reader.read(id, MAX_TREE_BYTES);
    if (tree?.bytes === undefined) return undefined;
    entries = parseTree(tree.bytes);
  }
  return entries;
}

/** X22: relative, no `..`, no control characters, at most 255 bytes. */
function checkPath(path: string): void {
  const parts = path.split('/');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  const isPlain = !/[\u0000-\u001f\u007f\\]/.test(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES;
  if (isPlain && parts.every((part) => part !== '' && part !== '.' && part !== '..')) return;
  throw new AppError('invalid-request', `${JSON.stringify(path)} is not a usable path in a repository.`, {
    hint: 'Write it relative to the root of the repository, without "..", at most 255 bytes.',
  });
}
