import { isDone } from '@sortie/core/status';
import { type EndLogDeps, endLog } from '../logs/end-log.ts';
import { findBuildById, listOpenBuildIds } from '../store/builds.ts';
import { type Db, inTransaction } from '../store/db.ts';
import { removeEventsBefore } from '../store/events.ts';
import { forgetOldKeys } from '../store/idempotency.ts';
import { listOrphanedLogs } from '../store/logs.ts';
import { removeIntentsBefore } from '../store/outbox.ts';
import { findRepoById } from '../store/repos.ts';
import { removeReplaysBefore } from '../store/rpc-replays.ts';
import { listStages } from '../store/stages.ts';
import { advanceBuild } from './advance-build.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';
import type { ClockJump } from './clock-watch.ts';
import {
  type ExpiredLease,
  type ExpireLeasesDeps,
  expireLeases,
  LOST_LOG_MARKER,
  RUNNER_LOST,
} from './expire-leases.ts';

export type SweepDeps = CancelBuildDeps & ExpireLeasesDeps & EndLogDeps;

export interface SweepOptions {
  /** A stage may take this much longer than its repository allows before the server ends it. */
  readonly graceMs: number;
  /** Events and undelivered outbox intents older than this are forgotten. */
  readonly retentionMs: number;
  /** When the clock was put forward: that time does not count for a stage that ran then. */
  readonly jumps?: readonly ClockJump[];
}

export interface SweepReport {
  readonly expired: readonly ExpiredLease[];
  /** Builds that waited for nothing and have been moved on. */
  readonly advancedIds: readonly number[];
  /** Builds over their deadline. */
  readonly cancelledIds: readonly number[];
}

export const SWEEP_DEFAULTS: SweepOptions = { graceMs: 5 * 60_000, retentionMs: 7 * 24 * 3_600_000 };

const BUILDS_PER_PAGE = 200;
const LOGS_PER_PASS = 100;
const DEFAULT_TIMEOUT_MINUTES = 60;

/**
 * One pass over everything that time alone decides: leases that ended, builds that nobody moved on, stages over
 * their deadline, old events. The caller runs it every few seconds and logs the report.
 */
export async function sweep(deps: SweepDeps, options: SweepOptions = SWEEP_DEFAULTS): Promise<SweepReport> {
  const expired = await expireLeases(deps);
  await closeOrphanedLogs(deps);
  const advancedIds: number[] = [];
  const cancelledIds: number[] = [];
  let after = 0;
  for (;;) {
    const ids = await listOpenBuildIds(deps.db, { after, limit: BUILDS_PER_PAGE });
    for (const id of ids) {
      if (await isOverdue(deps, id, options)) {
        await cancelBuild(deps, id);
        cancelledIds.push(id);
      } else if (await probe(deps, id)) advancedIds.push(id);
      after = id;
    }
    if (ids.length < BUILDS_PER_PAGE) break;
  }
  const oldest = Math.floor((deps.nowMs() - options.retentionMs) / 1000);
  await removeEventsBefore(deps.db, oldest);
  await removeIntentsBefore(deps.db, oldest);
  await forgetOldKeys(deps);
  await removeReplaysBefore(deps.db, oldest);
  if (expired.length + advancedIds.length > 0) {
    deps.events.publish();
    deps.queue.stop();
    deps.queue.wake();
  }
  return { expired, advancedIds, cancelledIds };
}

/** Logs whose runner is gone are closed here, so that a crash in between leaves none open for ever. */
async function closeOrphanedLogs(deps: SweepDeps): Promise<void> {
  for (const { stepId, fileKey, error } of await listOrphanedLogs(deps.db, LOGS_PER_PASS)) {
    const marker = error === RUNNER_LOST ? LOST_LOG_MARKER : '';
    await endLog(deps, { key: fileKey, stepId, marker });
  }
}

/** Moves a build on that should have moved by itself; true when there was something to do. */
async function probe(deps: SweepDeps, buildId: number): Promise<boolean> {
  const now = deps.now();
  const { hasEvent } = await inTransaction(deps.db, (tx) =>
    advanceBuild(tx, buildId, now, { isProbe: true }),
  );
  return hasEvent;
}

/** True when a stage of the build runs longer than its repository and the grace allow. */
async function isOverdue(
  deps: { db: Db; nowMs: () => number },
  buildId: number,
  { graceMs, jumps = [] }: SweepOptions,
): Promise<boolean> {
  const build = await findBuildById(deps.db, buildId);
  if (build === undefined || isDone(build.status)) return false;
  const repo = await findRepoById(deps.db, build.repoId);
  const limitMs = (repo?.timeoutMinutes || DEFAULT_TIMEOUT_MINUTES) * 60_000 + graceMs;
  const stages = await listStages(deps.db, buildId);
  return stages.some(({ status, started }) => {
    const startedMs = started * 1000;
    const jumpedMs = jumps
      .filter(({ fromMs }) => fromMs >= startedMs)
      .reduce((sum, { byMs }) => sum + byMs, 0);
    return status === 'running' && deps.nowMs() - startedMs - jumpedMs > limitMs;
  });
}
