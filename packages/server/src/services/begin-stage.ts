import type { StepDraft } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { isDone, move } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import type { Tx } from '../store/db.ts';
import { updateStage } from '../store/stages.ts';
import { insertSteps, listSteps } from '../store/steps.ts';
import { type Advanced, advanceBuild } from './advance-build.ts';
import { leaseLost, lockHeldStage } from './held-stage.ts';

/** More steps than any file may have (pipeline.md 1.6); a runner that sends more is broken. */
const MAX_STEPS = 10_000;
const MAX_NAME = 1_000;

/**
 * The stage runs and its steps exist as pending. A repeat returns the steps that are there. Throws `lease-lost`
 * when the stage has been cancelled since it was handed out.
 */
export async function beginStage(
  tx: Tx,
  input: { readonly lease: Lease; readonly steps: readonly StepDraft[]; readonly now: number },
): Promise<{ readonly steps: readonly Step[]; readonly advanced: Advanced | undefined }> {
  const { lease, steps, now } = input;
  requireSound(steps);
  const stage = await lockHeldStage(tx, lease);
  if (stage.status === 'running') return { steps: await listSteps(tx, stage.id), advanced: undefined };
  if (isDone(stage.status)) throw leaseLost();
  await updateStage(tx, stage.id, { status: move('stage', stage.status, 'running'), started: now }, now);
  const written = await insertSteps(tx, stage, steps);
  return { steps: written, advanced: await advanceBuild(tx, stage.buildId, now) };
}

function requireSound(steps: readonly StepDraft[]): void {
  const numbers = new Set(steps.map((step) => step.number));
  const isSound =
    steps.length <= MAX_STEPS &&
    numbers.size === steps.length &&
    steps.every(
      (step) => Number.isSafeInteger(step.number) && step.number > 0 && step.name.length <= MAX_NAME,
    );
  if (isSound) return;
  throw new AppError('invalid-request', 'The steps of the stage are not numbered or named properly.', {
    hint: 'Number the steps from 1 without repeats and keep names short.',
  });
}
