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
  return advanceBuild(tx, stage.buildId, now, { isOfStep: true });
}

/** False when the report says nothing new: the step has ended, or has the status already. */
export async function applyReport(tx: Tx, step: Step, report: StepReport, now: number): Promise<boolean> {
  if (isDone(step.status) || step.status === report.status) return false;
  return updateStep(tx, step.id, step.status, {
    status: move('step', step.status, report.status),
    exitCode: toInteger(report.exitCode),
    error: cutError(report.error),
    reason: report.reason ?? '',
    ...times(report, step.started, now),
  });
}

/**
 * When it began and ended, as the runner says: never in the future, and never the end before the beginning, wherever its
 * clock or that of the server was put.
 */
export function times(
  report: Pick<StepReport, 'status' | 'started' | 'stopped'>,
  known: number,
  now: number,
): { readonly started: number; readonly stopped: number } {
  const started = Math.min(toSeconds(report.started) || known || now, Math.max(now, known));
  const stopped = Math.min(toSeconds(report.stopped) || now, now);
  return { started, stopped: isDone(report.status) ? Math.max(started, stopped) : 0 };
}

/** At most 500 characters, none of them cut in half, and nothing that PostgreSQL does not store. */
export function cutError(text: string): string {
  const cut =
    text.length <= MAX_ERROR ? text : [...text.slice(0, 2 * MAX_ERROR)].slice(0, MAX_ERROR).join('');
  return cut.replaceAll('\0', '\uFFFD').toWellFormed();
}

/** A time that a runner sent; anything that is none becomes 0, "not set". */
export function toSeconds(value: number): number {
  return Math.max(0, toInteger(value));
}

export function toInteger(value: number): number {
  return Number.isSafeInteger(Math.trunc(value)) ? Math.trunc(value) : 0;
}
