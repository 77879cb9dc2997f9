import { isDone, move } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { lockBuild } from '../store/builds.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { lockStages, updateStage } from '../store/stages.ts';
import { listSteps, updateStep } from '../store/steps.ts';
import { advanceBuild } from './advance-build.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';

/** What 0.5 shows for a process that was stopped. */
const KILLED_EXIT_CODE = 137;

/** `unknown`: there is no such stage; `ended`: it had ended before, and nothing was done. */
export type CancelStageOutcome = 'cancelled' | 'ended' | 'unknown';

/**
 * Stops one stage of a build (api-legacy.md 5.4): the stages that wait for it go on as after a failure. The last
 * stage that is not done takes the whole build with it, as a cancel of the build does.
 */
export async function cancelStage(
  deps: CancelBuildDeps,
  input: { readonly buildId: number; readonly number: number },
): Promise<CancelStageOutcome> {
  const now = deps.now();
  const outcome = await inTransaction(deps.db, (tx) => cancel(tx, input, now));
  if (outcome === 'last') {
    await cancelBuild(deps, input.buildId);
    return 'cancelled';
  }
  if (outcome === 'cancelled') {
    deps.events.publish();
    deps.queue.stop();
    deps.queue.wake();
  }
  return outcome;
}

async function cancel(
  tx: Tx,
  input: { readonly buildId: number; readonly number: number },
  now: number,
): Promise<CancelStageOutcome | 'last'> {
  const build = await lockBuild(tx, input.buildId);
  const stages = build === undefined ? [] : await lockStages(tx, input.buildId);
  const stage = stages.find(({ number }) => number === input.number);
  if (stage === undefined) return 'unknown';
  if (isDone(stage.status)) return 'ended';
  if (stages.every((other) => other === stage || isDone(other.status))) return 'last';
  await killStage(tx, stage, now);
  await advanceBuild(tx, input.buildId, now);
  return 'cancelled';
}

async function killStage(tx: Tx, stage: LeasedStage, now: number): Promise<void> {
  const patch = {
    status: move('stage', stage.status, 'killed'),
    exitCode: KILLED_EXIT_CODE,
    started: stage.started || now,
    stopped: now,
  };
  await updateStage(tx, stage.id, patch, now);
  for (const step of await listSteps(tx, stage.id)) await killStep(tx, step, now);
}

async function killStep(tx: Tx, step: Step, now: number): Promise<void> {
  if (isDone(step.status)) return;
  const isRunning = step.status === 'running';
  await updateStep(tx, step.id, step.status, {
    status: isRunning ? 'killed' : 'skipped',
    exitCode: isRunning ? KILLED_EXIT_CODE : 0,
    reason: isRunning ? 'cancelled' : '',
    started: step.started || now,
    stopped: now,
  });
}
