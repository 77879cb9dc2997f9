import { MAX_COMMIT_BYTES, parseCommit } from './commit.ts';
import { findObjects, type GitRepo } from './objects.ts';
import { type RefMap, ZERO_ID } from './refs.ts';

export const REF_CHANGE_KINDS = ['branch', 'branch-deleted', 'tag', 'tag-deleted'] as const;
export type RefChangeKind = (typeof REF_CHANGE_KINDS)[number];

/** A branch or tag that a push has moved. Ids are full SHA-1s of commits, `ZERO_ID` where there is none. */
export interface RefMove {
  /** Full name, for example `refs/heads/main`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** A move that can cause a build. */
export interface RefChange extends RefMove {
  readonly kind: RefChangeKind;
  /** `main` of `refs/heads/main`. */
  readonly name: string;
  /** True when the branch lost commits, and for every tag that was moved. */
  readonly isForced: boolean;
}

export interface ChangeSummary {
  /** What may be built. */
  readonly changes: readonly RefChange[];
  /** Every moved branch and tag, for the record of refs last seen. */
  readonly moved: readonly RefMove[];
  /** Sentences for the pusher about moves that are not built. */
  readonly warnings: readonly string[];
}

/** A push that moves more refs than this builds the default branch only (scm.md 7.3). */
export const MAX_BUILT_REFS = 20;

/**
 * Compares two states of the refs (scm.md 7.3 step 6). `before` may hold tag objects or the commits they peel
 * to; `defaultRef` is the full name of the default branch. Starts one git child when a tag has moved, and one
 * per updated branch.
 */
export async function summarizeChanges(
  repo: GitRepo,
  states: { readonly before: RefMap; readonly after: RefMap; readonly defaultRef: string | undefined },
): Promise<ChangeSummary> {
  const warnings: string[] = [];
  const moved = await peelTags(repo, diffRefs(states.before, states.after), warnings);
  const isCrowd = moved.length > MAX_BUILT_REFS;
  if (isCrowd) {
    warnings.push(
      `warning: ${moved.length} branches and tags moved at once; only the default branch is built (at most ${MAX_BUILT_REFS} are).`,
    );
  }
  const built = isCrowd ? moved.filter((move) => move.ref === states.defaultRef) : moved;
  const changes: RefChange[] = [];
  for (const move of built) changes.push(await describe(repo, move));
  return { changes, moved, warnings };
}

/** Branches and tags whose value differs, in the order of their names. */
export function diffRefs(before: RefMap, after: RefMap): RefMove[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].filter((ref) =>
    /^refs\/(heads|tags)\//.test(ref),
  );
  return names
    .sort()
    .map((ref) => ({ ref, before: before.get(ref) ?? ZERO_ID, after: after.get(ref) ?? ZERO_ID }))
    .filter((move) => move.before !== move.after);
}

/** Replaces tag objects by their commits. A tag of something else than a commit cannot be built. */
async function peelTags(repo: GitRepo, moves: readonly RefMove[], warnings: string[]): Promise<RefMove[]> {
  const ids = new Set(moves.filter(isTag).flatMap((move) => [move.before, move.after]));
  ids.delete(ZERO_ID);
  const peeled = await peelObjects(repo, [...ids]);
  const result: RefMove[] = [];
  for (const move of moves) {
    if (!isTag(move)) {
      result.push(move);
      continue;
    }
    const before = peeled.get(move.before) ?? ZERO_ID;
    const after = peeled.get(move.after) ?? ZERO_ID;
    if (after === ZERO_ID && move.after !== ZERO_ID) {
      warnings.push(`warning: ${move.ref} does not point to a commit; it is not built.`);
    }
    if (before !== after) result.push({ ref: move.ref, before, after });
  }
  return result;
}

/** The commit behind each object id; ids that lead to no commit are left out. */
export async function peelObjects(repo: GitRepo, ids: readonly string[]): Promise<Map<string, string>> {
  const commits = await findObjects(
    repo,
    ids.map((id) => `${id}^{commit}`),
  );
  const peeled = new Map<string, string>();
  for (const [at, id] of ids.entries()) {
    const commit = commits[at];
    if (commit !== undefined) peeled.set(id, commit.id);
  }
  return peeled;
}

async function describe(repo: GitRepo, move: RefMove): Promise<RefChange> {
  const isDeleted = move.after === ZERO_ID;
  const isUpdate = !isDeleted && move.before !== ZERO_ID;
  const name = move.ref.replace(/^refs\/(heads|tags)\//, '');
  if (isTag(move)) return { ...move, kind: isDeleted ? 'tag-deleted' : 'tag', name, isForced: isUpdate };
  const isForced = isUpdate && !(await isAncestor(repo, move));
  return { ...move, kind: isDeleted ? 'branch-deleted' : 'branch', name, isForced };
}

function isTag(move: RefMove): boolean {
  return move.ref.startsWith('refs/tags/');
}

/** False as well when the old commit is gone. */
async function isAncestor(repo: GitRepo, move: RefMove): Promise<boolean> {
  if (await isParent(repo, move)) return true;
  const args = [`--git-dir=${repo.dir}`, 'merge-base', '--is-ancestor', move.before, move.after];
  const { code } = await repo.pool.read(args);
  return code === 0;
}

/** The common case of one new commit needs no further git child when a reader is open. */
async function isParent(repo: GitRepo, move: RefMove): Promise<boolean> {
  if (!repo.objects?.isUsable) return false;
  const commit = await repo.objects.read(move.after, MAX_COMMIT_BYTES);
  return commit?.bytes !== undefined && parseCommit(commit.id, commit.bytes).parents.includes(move.before);
}
