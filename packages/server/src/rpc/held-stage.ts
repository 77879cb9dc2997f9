import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { lockBuild } from '../store/builds.ts';
import type { Db, Tx } from '../store/db.ts';
import { extendLease } from '../store/leases.ts';
import { findAcceptedAttempts, findRpcLease, type RpcLease, updateRpcLease } from '../store/rpc-leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { findStageById } from '../store/stages.ts';
import { findStepById } from '../store/steps.ts';
import { notHeld } from './answer-error.ts';
import type { RpcCaller, RpcDeps } from './rpc-deps.ts';

/** A stage with the hand-out by which the caller has it. */
export interface HeldStage {
  readonly stage: LeasedStage;
  readonly lease: RpcLease;
}

/**
 * The stage, if the caller has accepted its present attempt and it has not been taken away. It may have ended, and may
 * have been given back. Throws `not-found`, `lease-lost`.
 */
export async function requireHeld(db: Db, caller: RpcCaller, stageId: number): Promise<HeldStage> {
  const stage = await findStageById(db, stageId);
  if (stage === undefined) throw new AppError('not-found', 'There is no such stage.');
  const lease = await findRpcLease(db, { stageId, fence: stage.fence });
  const isHeld = lease?.tokenId === caller.tokenId && lease.acceptedMs > 0 && lease.attempt === stage.attempt;
  if (!isHeld) throw notHeld();
  return { stage, lease };
}

/** `requireHeld` with the build locked. */
export async function lockHeld(tx: Tx, caller: RpcCaller, stageId: number): Promise<HeldStage> {
  const seen = await requireHeld(tx, caller, stageId);
  await lockBuild(tx, seen.stage.buildId);
  return requireHeld(tx, caller, stageId);
}

export function leaseOf({ stage }: Pick<HeldStage, 'stage'>): Lease {
  return { stageId: stage.id, attempt: stage.attempt, fence: stage.fence };
}

/** A sign of life about the stage: its lease goes on. Nothing happens to one that was given back. */
export async function renewHeld(
  db: Db,
  deps: Pick<RpcDeps, 'nowMs' | 'settings'>,
  held: HeldStage,
): Promise<void> {
  const nowMs = deps.nowMs();
  await extendLease(db, leaseOf(held), nowMs + deps.settings.leaseMs);
  await updateRpcLease(db, held.lease, { signalMs: nowMs });
}

/**
 * The step, if a runner with this token has accepted its attempt of its stage, whatever became of either since; with
 * `held` while the stage is the runner's. `undefined` for steps of others, and when there is none.
 */
export async function findOwnStep(db: Db, tokenId: number, stepId: number) {
  const step = await findStepById(db, stepId);
  if (step === undefined) return undefined;
  const attempts = await findAcceptedAttempts(db, step.stageId, tokenId);
  const stage = attempts.has(step.attempt) ? await findStageById(db, step.stageId) : undefined;
  if (stage === undefined) return undefined;
  const lease = await findRpcLease(db, { stageId: stage.id, fence: stage.fence });
  const isHeld = stage.leaseRunner !== '' && lease?.tokenId === tokenId && lease.attempt === step.attempt;
  return { step, stage, held: isHeld ? { stage, lease } : undefined };
}
