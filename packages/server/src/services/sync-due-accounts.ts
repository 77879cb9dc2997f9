import { AppError, explainError } from '@sortie/core/errors';
import type { Db } from '../store/db.ts';
import { CLAIM_SECONDS, claimDueSync, type DueSync, listDueSyncs } from '../store/sync-state.ts';
import { findUserById } from '../store/users.ts';
import type { RepoSync } from './sync-repos.ts';

export interface SyncDueDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly repoSync: RepoSync;
  /** Nothing new is begun when it is aborted. */
  readonly signal: AbortSignal;
  /** Told of a Git service that did not let an account be synchronised. */
  readonly onRefused: (login: string, reason: string) => void;
  readonly reportFailure: (message: string, error: unknown) => void;
}

/** Seconds (scm.md 5.2): who was active within this time is kept in step, this often, give or take the half of the last. */
export const SYNC_TIMES = { active: 30 * 86_400, every: 86_400, spread: 7200 } as const;

const AT_ONCE = 4;
const ACCOUNTS_PER_PASS = 200;

/** Synchronises every account whose turn it is, four at once. Resolves when all of them are done. */
export async function syncDueAccounts(deps: SyncDueDeps): Promise<void> {
  const now = deps.now();
  const due = await listDueSyncs(deps.db, {
    now,
    since: now - SYNC_TIMES.active,
    before: now - SYNC_TIMES.every,
    spread: SYNC_TIMES.spread,
    limit: ACCOUNTS_PER_PASS,
  });
  const waiting = [...due];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (deps.signal.aborted) return;
      await syncOne(deps, next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function syncOne(deps: SyncDueDeps, due: DueSync): Promise<void> {
  const { db, now, repoSync } = deps;
  if (!(await claimDueSync(db, due, now() + CLAIM_SECONDS))) return;
  const user = await findUserById(db, due.userId);
  if (user === undefined) return;
  try {
    await repoSync.run(user);
  } catch (error) {
    if (error instanceof AppError) deps.onRefused(user.login, explainError(error));
    else deps.reportFailure(`the synchronisation of ${user.login} failed`, error);
  }
}
