import type { StepReport } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { isDone, move } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { logKey } from '../logs/log-store.ts';
import type { Tx } from '../store/db.ts';
import { insertLog } from '../store/logs.ts';
import { findStepById, updateStep } from '../store/steps.ts';
import { type Advanced, advanceBuild } from './advance-build.ts';
import { insertWebhookIntent } from './build-intents.ts';
import { lockHeldStage } from './held-stage.ts';

/** Error texts are cut there (api-v1.md 2.5, 2.6). */
const MAX_ERROR = 500;

/** One step has changed. A finished step never changes again; a repeat has no effect. */
export async function reportStep(
  tx: Tx,
  input: { readonly lease: Lease; readonly report: StepReport; readonly now: number },
): Promise<Advanced | undefined> {
  const { lease, report, now } = input;
  const stage = await lockHeldStage(tx, lease);
  const step = await findStepById(tx, report.stepId);
  if (step === undefined || step.stageId !== stage.id || step.attempt !== stage.attempt) {
    throw new AppError('not-found', 'The step does not belong to the stage of this lease.');
  }
  if (!(await applyReport(tx, step, report, now))) return undefined;
  if (report.status === 'running') {
    const { repoId, buildId } = stage;
    await insertLog(tx, { stepId: step.id, fileKey: logKey({ repoId, buildId, stepId: step.id }) });
  }
  await insertWebhookIntent(tx, { id: stage.buildId, repoId: stage.repoId }, 'updated', now);
  return advanceBuild(tx, stage.buildId, now);
}

/** False when the report says nothing new: the step has ended, or has the status already. */
export async function applyReport(tx: Tx, step: Step, report: StepReport, now: number): Promise<boolean> {
  if (isDone(step.status) || step.status === report.status) return false;
  return updateStep(tx, step.id, step.status, {
    status: move('step', step.status, report.status),
    exitCode: toInteger(report.exitCode),
    error: cutError(report.error),
    reason: report.reason ?? '',
    started: toSeconds(report.started) || step.started || now,
    stopped: isDone(report.status) ? toSeconds(report.stopped) || now : 0,
  });
}

/** At most 500 characters, none of them cut in half. */
export function cutError(text: string): string {
  return text.length <= MAX_ERROR ? text : [...text].slice(0, MAX_ERROR).join('');
}

/** A time that a runner sent; anything that is none becomes 0, "not set". */
export function toSeconds(value: number): number {
  return Math.max(0, toInteger(value));
}

export function toInteger(value: number): number {
  return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : 0;
}
