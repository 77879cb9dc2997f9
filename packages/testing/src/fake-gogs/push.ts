import type { Deliverer } from './deliver.ts';
import { storeCommit } from './git-objects.ts';
import type { Present } from './present.ts';
import { type FakeEntry, type FakeObject, type FakeRepo, type FakeState, repoOf, userOf } from './state.ts';
import type { FakeGogsTraps } from './traps.ts';

export interface FakePush {
  readonly branch?: string;
  readonly message?: string;
  /** Text or entry by path, on top of what the branch holds; undefined removes. */
  readonly files?: Readonly<Record<string, string | FakeEntry | undefined>>;
  /** Login; default the owner. */
  readonly by?: string;
  readonly author?: { readonly name: string; readonly email: string };
  /** The commit to build upon, when it is not the tip: a forced push. */
  readonly onto?: string;
}

export interface PushDeps {
  readonly state: FakeState;
  readonly traps: FakeGogsTraps;
  readonly present: Present;
  readonly deliverer: Deliverer;
  readonly base: string;
}

/** Unix seconds. */
export const STARTED = 1_772_600_000;
const ZERO = '0'.repeat(40);
/** `FEED_MAX_COMMIT_NUM`. */
const LISTED = 5;

/** Makes a commit, moves the branch and sends what Gogs sends for it. Returns the commit id. */
export function push(deps: PushDeps, slug: string, change: FakePush): string {
  const { state } = deps;
  const repo = repoOf(state, slug);
  const branch = change.branch ?? repo.defaultBranch;
  const by = change.by ?? slug.split('/')[0] ?? '';
  const ref = `refs/heads/${branch}`;
  const before = repo.refs.get(ref);
  const commit = makeCommit(deps, repo, before, by, change);
  repo.commits.set(commit.sha, commit);
  repo.refs.set(ref, commit.sha);
  sendPush(deps, repo, { ref, before, after: commit.sha, by });
  syncPulls(deps, repo, branch, by);
  return commit.sha;
}

function makeCommit(
  { state }: PushDeps,
  repo: FakeRepo,
  tip: string | undefined,
  by: string,
  change: FakePush,
): FakeObject {
  const parent = change.onto ?? tip ?? repo.refs.get(`refs/heads/${repo.defaultBranch}`);
  const entries = new Map(parent === undefined ? [] : repo.commits.get(parent)?.entries);
  for (const [path, file] of Object.entries(change.files ?? {})) {
    if (file === undefined) entries.delete(path);
    else entries.set(path, typeof file === 'string' ? { kind: 'file', data: Buffer.from(file) } : file);
  }
  const user = state.users.get(by.toLowerCase());
  const author = change.author ?? { name: user?.fullName ?? by, email: user?.email ?? `${by}@example.test` };
  const parents = parent === undefined ? [] : [parent];
  return createCommit(state, { parents, message: change.message ?? 'change something\n', author, entries });
}

/** A commit with its real id. Every one is a second younger than the one before. */
export function createCommit(
  { objects, next }: FakeState,
  commit: Pick<FakeObject, 'parents' | 'message' | 'author' | 'entries'>,
): FakeObject {
  const time = STARTED + next();
  const date = new Date(time * 1000).toISOString().replace('.000', '');
  return { ...commit, date, sha: storeCommit(objects, { ...commit, time }) };
}

/** `create` and `push` for a new branch, else `push`; newest commits first, dropped ones included. */
export function sendPush(
  { present, deliverer, state, base }: PushDeps,
  repo: FakeRepo,
  moved: { ref: string; before: string | undefined; after: string; by: string; compareEnd?: string },
): void {
  const { ref, before, after, by } = moved;
  const sender = present.user(userOf(state, by));
  const repository = present.repo(repo);
  const branch = ref.replace('refs/heads/', '');
  if (before === undefined) {
    const created = { ref: branch, ref_type: 'branch', sha: '', default_branch: repo.defaultBranch };
    deliverer.send(repo, 'create', { ...created, repository, sender });
  }
  const old = before === undefined ? new Set<string>() : new Set(history(repo, before));
  const fresh = history(repo, after).filter((sha) => !old.has(sha));
  // A rollback has nothing new: the three dots then name the dropped commits instead.
  const dropped =
    before === undefined ? [] : history(repo, before).filter((sha) => !history(repo, after).includes(sha));
  const listed = [...fresh, ...dropped].slice(0, LISTED).flatMap((sha) => repo.commits.get(sha) ?? []);
  const compare =
    before === undefined ? '' : `${base}${repo.slug}/compare/${before}...${moved.compareEnd ?? after}`;
  deliverer.send(repo, 'push', {
    ref,
    before: before ?? ZERO,
    after,
    compare_url: compare,
    commits: listed.map((commit) => present.pushCommit(repo, commit)),
    repository,
    pusher: sender,
    sender,
  });
}

function history(repo: FakeRepo, tip: string): string[] {
  const seen: string[] = [];
  const open = [tip];
  for (let sha = open.shift(); sha !== undefined; sha = open.shift()) {
    if (seen.includes(sha)) continue;
    seen.push(sha);
    open.push(...(repo.commits.get(sha)?.parents ?? []));
  }
  return seen;
}

/** One `synchronized` per open pull request from this branch, sent before the ref has moved. */
export function syncPulls(deps: PushDeps, headRepo: FakeRepo, branch: string, by: string): void {
  for (const repo of deps.state.repos) {
    for (const pull of repo.pulls) {
      if (pull.headRepo !== headRepo || pull.head !== branch || pull.state !== 'open') continue;
      pull.readsUntilMoved = deps.traps.pullRefReads;
      // The last tip stays when the branch itself goes.
      const isThere = headRepo.refs.has(`refs/heads/${branch}`);
      if (isThere && !deps.traps.isPullRefStale) pull.refSha = undefined;
      deps.deliverer.send(repo, 'pull_request', {
        action: 'synchronized',
        number: pull.number,
        pull_request: deps.present.pull(repo, pull),
        repository: deps.present.repo(repo),
        sender: deps.present.user(userOf(deps.state, by)),
      });
    }
  }
}
