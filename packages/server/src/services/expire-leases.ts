import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { lockBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { listExpiredLeases, revokeLease } from '../store/leases.ts';
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
  readonly outcome: 'requeued' | 'lost' | 'cancelled';
}

/** So often a stage is handed out in all before its runners are taken for the problem. */
export const MAX_ATTEMPTS = 3;
/** The error of stages and steps whose runner fell silent; Drone's words. */
export const RUNNER_LOST = 'runner lost';
const LEASES_PER_PASS = 100;

/**
 * Takes away leases that have ended (runner-protocol.md 5.3): before any step has begun the stage goes back into
 * the queue as a new attempt, afterwards it ends as `error`. Returns what was done; the caller
 * publishes and wakes.
 */
export async function expireLeases(deps: ExpireLeasesDeps): Promise<readonly ExpiredLease[]> {
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
  const begun = (await listSteps(tx, stageId)).filter(hasBegun);
  await revokeLease(tx, stageId);
  const outcome = await decide(tx, stage, begun.length, now);
  await advanceBuild(tx, stage.buildId, now);
  return { stageId, runner: stage.leaseRunner, outcome };
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
    await failStage(tx, stage, { error: RUNNER_LOST, now });
    return 'lost';
  }
  const attempt = stage.attempt + 1;
  await updateStage(tx, stage.id, { attempt, status: 'pending', machine: '', started: 0 }, now);
  return 'requeued';
}
