import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { lockBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { extendLease, listExpiredLeases, revokeLease } from '../store/leases.ts';
import { endLeasesOfRestarted, findRpcLease, findRpcPeer } from '../store/rpc-leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { findStageById, updateStage } from '../store/stages.ts';
import { listSteps } from '../store/steps.ts';
import { advanceBuild } from './advance-build.ts';
import { failStage } from './finish-stage.ts';

export interface ExpireLeasesDeps {
  readonly db: Db;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
}

/** What became of a stage whose runner fell silent. */
export interface ExpiredLease {
  readonly stageId: number;
  readonly runner: string;
  /** `withdrawn`: it was offered and nobody has accepted it. */
  readonly outcome: 'requeued' | 'lost' | 'cancelled' | 'withdrawn';
}

/** So often a stage is handed out in all before its runners are taken for the problem. */
export const MAX_ATTEMPTS = 3;
/** The error of stages and steps whose runner fell silent; Drone's words. */
export const RUNNER_LOST = 'runner lost';
/** The last line of a log whose runner fell silent. */
export const LOST_LOG_MARKER = 'runner lost: the log ends here';
const LEASES_PER_PASS = 100;
/** A runner that has started anew and does not watch its stage for so long has forgotten it (5.3, fast path). */
const RESTART_SILENT_MS = 60_000;
/** A runner that was heard so lately is not lost, although nobody watches this stage (5.3, guard). */
const HEARD_MS = 90_000;

/**
 * Takes away leases that have ended (runner-protocol.md 5.3): before any step has begun the stage goes back into
 * the queue as a new attempt, afterwards it ends as `error`. Returns what was done; the caller
 * publishes and wakes.
 */
export async function expireLeases(deps: ExpireLeasesDeps): Promise<readonly ExpiredLease[]> {
  await endLeasesOfRestarted(deps.db, { nowMs: deps.nowMs(), silentMs: RESTART_SILENT_MS });
  const expired = await listExpiredLeases(deps.db, deps.nowMs(), LEASES_PER_PASS);
  const outcomes: ExpiredLease[] = [];
  for (const { id } of expired) {
    const outcome = await inTransaction(deps.db, (tx) => expire(tx, id, deps.nowMs()));
    if (outcome !== undefined) outcomes.push(outcome);
  }
  return outcomes;
}

async function expire(tx: Tx, stageId: number, nowMs: number): Promise<ExpiredLease | undefined> {
  const seen = await findStageById(tx, stageId);
  if (seen === undefined) return undefined;
  await lockBuild(tx, seen.buildId);
  const stage = await findStageById(tx, stageId);
  const isHeld = stage !== undefined && stage.leaseRunner !== '';
  if (!isHeld || stage.leaseExpiresMs >= nowMs) return undefined;
  const now = Math.floor(nowMs / 1000);
  if (stage.leaseKind === 'rpc-offer') {
    await revokeLease(tx, stageId);
    return { stageId, runner: stage.leaseRunner, outcome: 'withdrawn' };
  }
  const begun = (await listSteps(tx, stageId)).filter(hasBegun);
  if (begun.length > 0 && (await isHeard(tx, stage, nowMs))) return undefined;
  await revokeLease(tx, stageId);
  const outcome = await decide(tx, stage, begun.length, now);
  await advanceBuild(tx, stage.buildId, now);
  return { stageId, runner: stage.leaseRunner, outcome };
}

/**
 * True for a stage whose official runner is there although it seems not to watch: its lease goes on. A runner that has
 * started since it accepted the stage cannot be running it.
 */
async function isHeard(tx: Tx, stage: LeasedStage, nowMs: number): Promise<boolean> {
  if (stage.leaseKind !== 'rpc' || isDone(stage.status)) return false;
  const lease = await findRpcLease(tx, { stageId: stage.id, fence: stage.fence });
  const peer = lease && (await findRpcPeer(tx, lease.runnerKey));
  if (lease === undefined || peer === undefined) return false;
  // What was heard in the future was heard before the clock was put back, and not since.
  const isSilent = peer.signalMs <= nowMs - HEARD_MS || peer.signalMs > nowMs;
  if (peer.pingMs > lease.acceptedMs || isSilent) return false;
  const { id: stageId, attempt, fence } = stage;
  await extendLease(tx, { stageId, attempt, fence }, peer.signalMs + HEARD_MS);
  return true;
}

/** A skipped step has done nothing, so that the stage may still be run anew. */
function hasBegun(step: Step): boolean {
  return step.status !== 'pending' && step.status !== 'skipped';
}

async function decide(
  tx: Tx,
  stage: LeasedStage,
  begunSteps: number,
  now: number,
): Promise<ExpiredLease['outcome']> {
  if (isDone(stage.status)) return 'cancelled';
  if (begunSteps > 0 || stage.attempt >= MAX_ATTEMPTS) {
    await failStage(tx, stage, { error: RUNNER_LOST, reason: 'runner-lost', now });
    return 'lost';
  }
  const attempt = stage.attempt + 1;
  await updateStage(tx, stage.id, { attempt, status: 'pending', machine: '', started: 0 }, now);
  return 'requeued';
}
