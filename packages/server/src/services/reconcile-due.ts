import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { claimComparison, findRepoHealth, listDueComparisons, type MissedRef } from '../store/repo-health.ts';
import { findRepoById } from '../store/repos.ts';
import { findMissed, makeUp, type ReconcileDeps } from './reconcile.ts';
import { lookForHook } from './repo-health.ts';
import { findRepoIdentity } from './repo-identity.ts';
import { type TriggerParts, triggerDepsOf } from './trigger-deps.ts';

export interface ComparePassDeps extends ReconcileDeps, TriggerParts {
  readonly builtinConnectionId: number;
  /** Seconds between two comparisons that build what has moved; 0 = none do. */
  readonly pollSeconds: number;
  /** Seconds between two comparisons that only look; 0 = none. */
  readonly lookSeconds: number;
  /** Told what became of each repository: how many refs were missed, or why the service could not be asked. */
  readonly reportRepo: (slug: string, outcome: number | AppError) => void;
}

const PER_PASS = 50;
/** Where webhooks do arrive, one that is on its way is waited for. */
const PATIENCE_SECONDS = 120;
const HOOK_CHECK_SECONDS = 6 * 3_600;

/** Compares the refs of the active repositories whose time has come. A service that is down is asked once a pass. */
export async function compareDueRepos(deps: ComparePassDeps): Promise<void> {
  const every = deps.pollSeconds || deps.lookSeconds;
  if (every === 0) return;
  const { db, builtinConnectionId } = deps;
  const now = deps.now();
  const down = new Set<number>();
  for (const { repoId, due } of await listDueComparisons(db, { now, builtinConnectionId, limit: PER_PASS })) {
    const repo = await findRepoById(db, repoId);
    if (repo === undefined || !repo.isActive || down.has(repo.connectionId)) continue;
    if (!(await claimComparison(db, repoId, { due, next: now + every }))) continue;
    const outcome = await attempt(deps, repo);
    if (outcome instanceof AppError && outcome.code === 'service-unavailable') down.add(repo.connectionId);
    deps.reportRepo(repo.slug, outcome);
  }
}

async function attempt(deps: ComparePassDeps, repo: Repo): Promise<number | AppError> {
  try {
    return await compareRepo(deps, repo);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function compareRepo(deps: ComparePassDeps, repo: Repo): Promise<number> {
  const { db, now, forgeOf, pollSeconds } = deps;
  const { userId: id } = await findRepoIdentity(db, repo);
  const { missed } = await findMissed(deps, repo, { id });
  const health = await findRepoHealth(db, repo.id);
  const ripe = (ref: MissedRef) => health.lastDelivery === 0 || now() - ref.since >= PATIENCE_SECONDS;
  const wanted = pollSeconds === 0 ? [] : missed.filter(ripe);
  if (wanted.length > 0)
    await makeUp({ ...deps, trigger: triggerDepsOf(deps, repo) }, repo, { missed, wanted });
  const { webhooks } = forgeOf(repo.connectionId);
  if (webhooks !== undefined && now() - health.hookChecked >= HOOK_CHECK_SECONDS)
    await lookForHook(deps, webhooks, repo, { id });
  return missed.length;
}
