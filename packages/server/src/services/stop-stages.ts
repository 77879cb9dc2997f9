import { isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { Tx } from '../store/db.ts';
import { revokeLease } from '../store/leases.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { lockStages, updateStage } from '../store/stages.ts';
import { listStepsOfBuild, updateStep } from '../store/steps.ts';

/** What Drone writes into steps that a cancel ended (api-v1.md 3.5.2). */
const CANCELLED_EXIT_CODE = 130;

export interface StoppedStages {
  /** Stages that a runner holds; it has yet to learn and to confirm. */
  readonly leasedIds: readonly number[];
  /** How many were not done. */
  readonly stopped: number;
}

/**
 * Ends every stage and step of a build that is not done: `killed` when it had started, else `skipped`. Leases
 * stay, so that their holders can confirm. The build must be locked; `advanceBuild` follows.
 */
export async function stopStages(tx: Tx, buildId: number, now: number): Promise<StoppedStages> {
  const stages = await lockStages(tx, buildId);
  const steps = await listStepsOfBuild(tx, buildId);
  const open = stages.filter((stage) => !isDone(stage.status));
  for (const stage of open) {
    const hasStarted = stage.started !== 0;
    const status = hasStarted ? 'killed' : 'skipped';
    const started = hasStarted ? stage.started : now;
    await updateStage(tx, stage.id, { status, started, stopped: now }, now);
    // Nobody has accepted it, so there is nobody to confirm.
    if (stage.leaseKind === 'rpc-offer') await revokeLease(tx, stage.id);
    for (const step of steps) if (step.stageId === stage.id) await stopStep(tx, step, now);
  }
  const isHeld = (stage: LeasedStage) => stage.leaseRunner !== '' && stage.leaseKind !== 'rpc-offer';
  const leasedIds = stages.filter(isHeld).map((stage) => stage.id);
  return { leasedIds, stopped: open.length };
}

async function stopStep(tx: Tx, step: Step, now: number): Promise<void> {
  if (isDone(step.status)) return;
  const hasStarted = step.started !== 0;
  await updateStep(tx, step.id, step.status, {
    status: hasStarted ? 'killed' : 'skipped',
    exitCode: CANCELLED_EXIT_CODE,
    reason: hasStarted ? 'cancelled' : '',
    started: hasStarted ? step.started : now,
    stopped: now,
  });
}
