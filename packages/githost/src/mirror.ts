import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changedPaths } from './changed-files.ts';
import type { GitPool } from './git-pool.ts';
import { fetchVariables, isFetchable, type MirrorRemote, REMOTE } from './mirror-settings.ts';
import { findObjects, type GitRepo } from './objects.ts';
import { isObjectId, isRefName, ZERO_ID } from './refs.ts';
import { createUsageMeter } from './usage.ts';

/** A ref that may hold one of the commits. */
export interface MirrorRef {
  readonly remote: MirrorRemote;
  /** Full name. */
  readonly ref: string;
}

export interface Comparison {
  /** Id of the repository; names its folder. */
  readonly id: number;
  readonly before: string;
  readonly after: string;
  /** Fetched one after the other until both commits are there. */
  readonly refs: readonly MirrorRef[];
  /** What `after` changes since the two have parted, as a pull request shows it. */
  readonly sinceFork: boolean;
}

export interface MirrorDeps {
  /** Folder for the mirrors; made when it is needed. */
  readonly root: string;
  readonly pool: GitPool;
  /** One mirror may not become larger. */
  readonly maxBytes: number;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** Bare copies of repositories that live elsewhere, kept to compare their commits. */
export interface Mirrors {
  /** Paths that differ; `undefined` when nobody can tell: a commit cannot be had, or the repository is too large. */
  changedFiles(comparison: Comparison): Promise<readonly string[] | undefined>;
  /** Nothing happens when there is none. */
  remove(id: number): Promise<void>;
  /** Ids of all that are there, with their size; those used last come first. */
  list(): Promise<readonly { readonly id: number; readonly sizeBytes: number }[]>;
}

/** History that is fetched at first, and when it does not reach back to the older commit. */
const DEPTHS = [100, 5_000];
/** Every fetch leaves a pack; a mirror with more is made anew, which is cheaper than to repack it. */
const MAX_PACKS = 200;
const LOOK_MS = 500;

export function createMirrors(deps: MirrorDeps): Mirrors {
  const working = new Map<number, Promise<unknown>>();
  const tooLarge = new Set<number>();
  const inTurn = <Result>(id: number, work: () => Promise<Result>): Promise<Result> => {
    const turn = (working.get(id) ?? Promise.resolve()).then(work, work);
    working.set(id, turn);
    // Only the last in line may leave the door open.
    const leave = (): void => void (working.get(id) === turn && working.delete(id));
    turn.then(leave, leave);
    return turn;
  };
  const compare = async (comparison: Comparison): Promise<readonly string[] | undefined> => {
    const { id, before, after } = comparison;
    const repo = await openMirror(deps, id);
    if (!(await hasAll(repo, [before, after])) && !(await fetchBoth(deps, repo, comparison, tooLarge))) {
      return undefined;
    }
    const now = new Date();
    await utimes(join(repo.dir, 'HEAD'), now, now);
    const from = comparison.sinceFork ? ((await mergeBase(repo, before, after)) ?? before) : before;
    return changedPaths(repo, from, after);
  };
  return {
    async changedFiles(comparison) {
      const { id, before, after } = comparison;
      const isKnown = isObjectId(before) && isObjectId(after) && before !== ZERO_ID && after !== ZERO_ID;
      if (!isKnown || tooLarge.has(id)) return undefined;
      return inTurn(id, () => compare(comparison));
    },
    remove: (id) =>
      inTurn(id, async () => {
        tooLarge.delete(id);
        await rm(mirrorDir(deps.root, id), { recursive: true, force: true });
      }),
    list: () => listMirrors(deps.root),
  };
}

function mirrorDir(root: string, id: number): string {
  return join(root, `${id}.git`);
}

async function openMirror({ root, pool }: MirrorDeps, id: number): Promise<GitRepo> {
  const dir = mirrorDir(root, id);
  const packs = await readdir(join(dir, 'objects', 'pack')).catch(ignoreAbsent);
  if (packs !== undefined && packs.length <= MAX_PACKS * 3) return { pool, dir };
  const draft = `${dir}.new`;
  await rm(draft, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(draft, 'objects', 'pack'), { recursive: true, mode: 0o700 });
  await mkdir(join(draft, 'refs', 'mirror'), { recursive: true });
  // Nothing of the remote: what is missing when commits are compared stays missing, without a way to it.
  await writeFile(join(draft, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  await writeFile(join(draft, 'HEAD'), 'ref: refs/heads/main\n');
  await rename(draft, dir);
  return { pool, dir };
}

async function hasAll(repo: GitRepo, ids: readonly string[]): Promise<boolean> {
  const found = await findObjects(
    repo,
    ids.flatMap((id) => [`${id}^{commit}`, `${id}^{tree}`]),
  );
  return found.every((object) => object !== undefined);
}

/** True when both commits are there. */
async function fetchBoth(
  deps: MirrorDeps,
  repo: GitRepo,
  { id, before, after, refs }: Comparison,
  tooLarge: Set<number>,
): Promise<boolean> {
  const usable = refs.filter(({ ref, remote }) => isRefName(ref) && isFetchable(remote.url));
  for (const depth of DEPTHS) {
    for (const { remote, ref } of usable) {
      const end = await fetchRef(deps, repo, { remote, ref, depth });
      if (end === 'too-large') {
        tooLarge.add(id);
        await rm(repo.dir, { recursive: true, force: true });
        deps.warn({ repoId: id, maxBytes: deps.maxBytes }, TOO_LARGE);
        return false;
      }
      if (await hasAll(repo, [before, after])) return true;
    }
  }
  return false;
}

const TOO_LARGE =
  'the repository is too large to compare its commits here, so its path filters let everything through; raise SORTIE_MIRROR_QUOTA and start the server again';

async function fetchRef(
  { warn, maxBytes }: MirrorDeps,
  { pool, dir }: GitRepo,
  { remote, ref, depth }: MirrorRef & { readonly depth: number },
): Promise<'ended' | 'too-large'> {
  const stop = new AbortController();
  const watch = setInterval(() => {
    createUsageMeter()
      .find(dir)
      .then(
        ({ sizeBytes }) => sizeBytes > maxBytes && stop.abort(new Error('the mirror is too large')),
        // It is measured again in a moment.
        () => undefined,
      );
  }, LOOK_MS);
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--force', `--depth=${depth}`];
  const spec = `+${ref}:refs/mirror/${ref.slice('refs/'.length)}`;
  const args = [`--git-dir=${dir}`, 'fetch', ...options, '--end-of-options', REMOTE, spec];
  // One fetch at a time works here, so a lock is what a killed one has left; git would refuse every other for ever.
  await rm(join(dir, 'shallow.lock'), { force: true });
  try {
    const { code, stderr } = await pool.read(args, {
      variables: fetchVariables(remote),
      signal: stop.signal,
    });
    const { sizeBytes } = await createUsageMeter().find(dir);
    if (stop.signal.aborted || sizeBytes > maxBytes) return 'too-large';
    if (code !== 0)
      warn(
        { ref, said: stderr.trim().slice(-500) },
        'a repository could not be fetched to compare its commits',
      );
    return 'ended';
  } finally {
    clearInterval(watch);
  }
}

async function mergeBase({ pool, dir }: GitRepo, one: string, other: string): Promise<string | undefined> {
  const { code, stdout } = await pool.read([
    `--git-dir=${dir}`,
    'merge-base',
    '--end-of-options',
    one,
    other,
  ]);
  const id = stdout.toString('utf8').trim();
  return code === 0 && isObjectId(id) ? id : undefined;
}

async function listMirrors(root: string): Promise<{ id: number; sizeBytes: number }[]> {
  const found: { id: number; sizeBytes: number; used: number }[] = [];
  for (const name of (await readdir(root).catch(ignoreAbsent)) ?? []) {
    const id = Number(/^(\d+)\.git$/.exec(name)?.[1]);
    if (!Number.isSafeInteger(id)) continue;
    const dir = join(root, name);
    const { sizeBytes } = await createUsageMeter().find(dir);
    found.push({ id, sizeBytes, used: await lastUse(dir) });
  }
  return found.sort((one, other) => other.used - one.used).map(({ id, sizeBytes }) => ({ id, sizeBytes }));
}

async function lastUse(dir: string): Promise<number> {
  const stats = await stat(join(dir, 'HEAD')).catch(ignoreAbsent);
  return stats?.mtimeMs ?? 0;
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
