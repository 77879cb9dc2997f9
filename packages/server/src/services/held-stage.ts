import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { lockBuild } from '../store/builds.ts';
import type { Tx } from '../store/db.ts';
import { findStageOfLease } from '../store/leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';

/**
 * The stage of a lease, with its build locked; its holder may have given it back already (`leaseRunner` is then
 * empty). Throws `lease-lost` when the stage has been handed to somebody else or taken away.
 */
export async function lockStageOfLease(tx: Tx, lease: Lease): Promise<LeasedStage> {
  const seen = await findStageOfLease(tx, lease);
  if (seen === undefined) throw leaseLost();
  await lockBuild(tx, seen.buildId);
  // The first look was made without the lock, only to learn which build to lock.
  const stage = await findStageOfLease(tx, lease);
  if (stage === undefined) throw leaseLost();
  return stage;
}

/** Like `lockStageOfLease`; a lease that has been given back is lost as well. */
export async function lockHeldStage(tx: Tx, lease: Lease): Promise<LeasedStage> {
  const stage = await lockStageOfLease(tx, lease);
  if (stage.leaseRunner === '') throw leaseLost();
  return stage;
}

export function leaseLost(): AppError {
  return new AppError('lease-lost', 'The runner no longer holds this stage.', {
    hint: 'Stop the stage; another runner may be working on it.',
  });
}
