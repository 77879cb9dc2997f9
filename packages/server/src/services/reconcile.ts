import { randomUUID } from 'node:crypto';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { removeIndexEntry } from '../store/branch-index.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import {
  type DeliveryOutcome,
  findDeliveryByKey,
  insertDelivery,
  listUnfinishedDeliveries,
} from '../store/deliveries.ts';
import { isRefBuilt, listGitRefs, moveGitRef, removeGitRef, replaceGitRefs } from '../store/git-refs.ts';
import { findRepoHealth, type MissedRef, noteReconciled } from '../store/repo-health.ts';
import type { ForgeOf, ForgeRef, ForgeWebhooks } from './forge.ts';
import { madeUpKey } from './made-up.ts';
import { type TriggerDeps, triggerBuild } from './trigger.ts';
import type { TriggerRequest } from './trigger-request.ts';

export interface ReconcileDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
}

/** What a comparison of the refs has found. */
export interface Reconciliation {
  /** There was nothing to compare with: the refs were only noted. */
  readonly isFirstLook: boolean;
  readonly missed: readonly MissedRef[];
}

/** What became of one missed ref. */
export interface MadeUp extends MissedRef {
  /** Absent where there is no build; `reason` says why then. */
  readonly build?: Build;
  readonly reason?: string;
}

/** More than this many builds at once are no help; the next call goes on. */
const MAX_BUILDS = 50;

/** Notes where all refs are, so that whatever moves afterwards can be told from what was there before. */
export async function takeFirstLook(
  { db, now }: Pick<ReconcileDeps, 'db' | 'now'>,
  repo: Repo,
  listRefs: () => Promise<ReadonlyMap<string, ForgeRef>>,
): Promise<void> {
  const refs = new Map([...(await listRefs())].map(([name, { commit }]) => [name, commit]));
  await inTransaction(db, async (tx) => {
    await replaceGitRefs(tx, repo.id, refs);
    await noteReconciled(tx, repo.id, { now: now(), missed: [] });
  });
}

/**
 * Compares branches and tags at the Git service with what deliveries have told of, and keeps what was missed. `user`
 * is whose credentials are used. Throws what the service says; nothing to do for the built-in host.
 */
export async function findMissed(
  deps: ReconcileDeps,
  repo: Repo,
  user: Pick<User, 'id'>,
): Promise<Reconciliation> {
  const webhooks = deps.forgeOf(repo.connectionId).webhooks;
  if (webhooks === undefined) return { isFirstLook: false, missed: [] };
  const { db, now } = deps;
  const health = await findRepoHealth(db, repo.id);
  const listRefs = () => webhooks.listRefs(user, repo);
  if (health.reconciled === 0) {
    await takeFirstLook(deps, repo, listRefs);
    return { isFirstLook: true, missed: [] };
  }
  // The notes first: a delivery that comes in between must not look like a move that was missed.
  const [known, refs] = [await listGitRefs(db, repo.id), await listRefs()];
  const since = new Map(health.missed.map((missed) => [`${missed.ref} ${missed.after}`, missed.since]));
  const moved = movedRefs(known, refs);
  const missed: MissedRef[] = [];
  for (const move of moved) {
    if (await isToldOf(db, repo, move)) continue;
    missed.push({ ...move, since: since.get(`${move.ref} ${move.after}`) ?? now() });
  }
  // A service that shows no branch at all is not ready, and everything would be new when it is.
  const vanished = [...known.keys()].filter((ref) => !refs.has(ref));
  if ([...refs.keys()].some(isBranch) || ![...known.keys()].some(isBranch))
    await dropVanished(db, repo, vanished);
  await noteReconciled(db, repo.id, { now: now(), missed });
  return { isFirstLook: false, missed };
}

type Move = Omit<MissedRef, 'since'>;

function movedRefs(known: ReadonlyMap<string, string>, refs: ReadonlyMap<string, ForgeRef>): readonly Move[] {
  return [...refs].flatMap(([ref, { commit, object }]) => {
    const before = known.get(ref) ?? '';
    // A webhook may name the tag object or its commit.
    return before === commit || before === object ? [] : [{ ref, before, after: commit }];
  });
}

/** Deliveries may come late and out of order, and one may be under way right now. */
async function isToldOf(db: Db, repo: Repo, { ref, before, after }: Move): Promise<boolean> {
  const isUnderWay = (await listUnfinishedDeliveries(db, repo.id)).some((delivery) => delivery.ref === ref);
  if (isUnderWay) return true;
  if (!(await isRefBuilt(db, repo.id, { ref, sha: after }))) return false;
  await moveGitRef(db, repo.id, { ref, from: before, to: after });
  return true;
}

/** A branch that is gone leaves nothing to build. */
async function dropVanished(db: Db, repo: Repo, refs: readonly string[]): Promise<void> {
  for (const ref of refs) {
    await removeGitRef(db, repo.id, ref);
    if (isBranch(ref)) await removeIndexEntry(db, { repoId: repo.id, kind: 'branch', key: shortName(ref) });
  }
}

export interface MakeUpDeps extends ReconcileDeps {
  readonly trigger: TriggerDeps;
}

/**
 * Builds what was missed, or a part of it, oldest first, each as a delivery of its own: build, verdict and the note of the ref are
 * written together, so that a crash or another server neither loses nor repeats one. What the service refuses stays
 * missed and is thrown.
 */
export async function makeUp(
  deps: MakeUpDeps,
  repo: Repo,
  { missed, wanted = missed }: Missed,
): Promise<readonly MadeUp[]> {
  const webhooks = deps.forgeOf(repo.connectionId).webhooks;
  if (webhooks === undefined) return [];
  const made: MadeUp[] = [];
  for (const ref of [...wanted].sort((one, other) => one.since - other.since).slice(0, MAX_BUILDS)) {
    made.push({ ...ref, ...(await buildMissed(deps, repo, ref, webhooks)) });
  }
  const left = missed.filter(({ ref }) => !made.some((done) => done.ref === ref));
  await noteReconciled(deps.db, repo.id, { now: deps.now(), missed: left });
  return made;
}

interface Missed {
  readonly missed: readonly MissedRef[];
  /** What is to be built of it; everything unless given. */
  readonly wanted?: readonly MissedRef[];
}

/** Somebody else was faster; takes the transaction back. */
class Overtaken extends Error {}

async function buildMissed(
  { db, now, trigger }: MakeUpDeps,
  repo: Repo,
  missed: MissedRef,
  webhooks: ForgeWebhooks,
): Promise<Pick<MadeUp, 'build' | 'reason'>> {
  const settle = async (tx: Tx, verdict: Verdict): Promise<void> => {
    const { ref, before: from, after: to } = missed;
    if (!(await moveGitRef(tx, repo.id, { ref, from, to }))) throw new Overtaken();
    const usual = madeUpKey(missed);
    const isTaken = (await findDeliveryByKey(tx, repo.id, usual)) !== undefined;
    const key = isTaken ? `${usual}:${randomUUID()}` : usual;
    await insertDelivery(tx, {
      ...{ repoId: repo.id, event: 'reconcile', key, ref },
      ...{ before: from, after: to, sender: '', payload: '', created: now(), finished: now() },
      ...verdict,
    });
  };
  try {
    const outcome = await triggerBuild(
      trigger,
      toRequest(repo, missed, {
        link: webhooks.linkTo(repo, { ref: missed.ref, sha: missed.after }),
        within: (tx, build) => settle(tx, verdictOf(build)),
      }),
    );
    if (outcome.kind !== 'skipped') return { build: outcome.build };
    const { code: reason, message } = outcome;
    await inTransaction(db, (tx) => settle(tx, { verdict: 'skipped', reason, message, buildId: 0 }));
    return { reason: outcome.message };
  } catch (error) {
    if (!(error instanceof Overtaken)) throw error;
    return { reason: 'a delivery has told of it meanwhile' };
  }
}

type Verdict = Omit<DeliveryOutcome, 'finished'>;

function verdictOf(build: Build): Verdict {
  const base = { buildId: build.id, message: build.error };
  if (build.status !== 'error') return { ...base, verdict: 'built', reason: '' };
  const cause = build.findings.length === 0 ? 'owner-inactive' : 'config-invalid';
  return { ...base, verdict: 'error-build', reason: cause };
}

function toRequest(
  repo: Repo,
  { ref, before, after }: MissedRef,
  rest: Pick<TriggerRequest, 'link' | 'within'>,
): TriggerRequest {
  const isTag = ref.startsWith('refs/tags/');
  const branch = isTag ? '' : shortName(ref);
  return {
    ...{ repo, ref, before, after, ...rest },
    origin: '@hook',
    event: isTag ? 'tag' : 'push',
    action: isTag ? 'create' : '',
    source: branch,
    target: branch,
    sender: '',
    title: '',
    message: '',
    params: {},
    cron: '',
    deployTo: '',
  };
}

function isBranch(ref: string): boolean {
  return ref.startsWith('refs/heads/');
}

/** `main` of `refs/heads/main`. */
function shortName(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}
