import type { StageReport, StepReport } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { isDone, move, type Status } from '@sortie/core/status';
import type { Step, StepReason } from '@sortie/core/step';
import type { Tx } from '../store/db.ts';
import { clearLease } from '../store/leases.ts';
import { type LogRecord, upsertLog } from '../store/logs.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { updateStage } from '../store/stages.ts';
import { listSteps, updateStep } from '../store/steps.ts';
import { type Advanced, advanceBuild } from './advance-build.ts';
import { leaseLost, lockStageOfLease } from './held-stage.ts';
import { applyReport, cutError, times, toInteger } from './report-step.ts';

export interface FinishStageInput {
  readonly lease: Lease;
  readonly report: StageReport;
  /** The closed logs of the stage's steps. */
  readonly logs: readonly LogRecord[];
  readonly now: number;
}

/**
 * The stage has ended: open steps take the reported results, logs are closed, the lease is given back and the
 * build advances. A stage that was cancelled meanwhile keeps what the cancel wrote. A repeat has no effect.
 */
export async function finishStage(tx: Tx, input: FinishStageInput): Promise<Advanced | undefined> {
  const { lease, report, logs, now } = input;
  if (!isDone(report.status)) throw notFinal(report.status);
  const stage = await lockStageOfLease(tx, lease);
  if (stage.leaseRunner === '') {
    if (isDone(stage.status)) return undefined;
    throw leaseLost();
  }
  await closeSteps(tx, await listSteps(tx, stage.id), report, now);
  for (const log of logs) await upsertLog(tx, log);
  if (!isDone(stage.status)) await closeStage(tx, stage, report, now);
  await clearLease(tx, stage.id);
  return advanceBuild(tx, stage.buildId, now);
}

async function closeSteps(tx: Tx, steps: readonly Step[], report: StageReport, now: number): Promise<void> {
  const reports = new Map(report.steps.map((step) => [step.stepId, step]));
  for (const step of steps) {
    if (isDone(step.status)) continue;
    const given = reports.get(step.id);
    if (given !== undefined && isDone(given.status)) await applyReport(tx, step, given, now);
    else await applyReport(tx, step, presumed(step, report.status, now), now);
  }
}

/** What becomes of a step that its runner left open. */
function presumed(step: Step, stageStatus: Status, now: number): StepReport {
  const times = { stepId: step.id, started: step.started, stopped: now };
  if (step.status === 'pending') return { ...times, status: 'skipped', exitCode: 0, error: '', started: now };
  if (stageStatus === 'killed') {
    return { ...times, status: 'killed', exitCode: 137, error: '', reason: 'cancelled' };
  }
  const error = 'the runner ended the stage without a result';
  return { ...times, status: 'error', exitCode: 255, error, reason: 'engine' };
}

async function closeStage(tx: Tx, stage: LeasedStage, report: StageReport, now: number): Promise<void> {
  const patch = {
    status: move('stage', stage.status, report.status),
    error: cutError(report.error),
    exitCode: toInteger(report.exitCode),
    ...times({ ...report, started: stage.started || report.started }, stage.started, now),
  };
  await updateStage(tx, stage.id, patch, now);
}

function notFinal(status: Status): AppError {
  return new AppError('invalid-request', `A stage cannot end as ${status}.`, {
    hint: 'Report one of success, failure, error, killed or skipped.',
  });
}

/** Ends what nobody runs any more: running steps are errors, pending ones skipped. `error` and `reason` say why. */
export async function failStage(
  tx: Tx,
  stage: LeasedStage,
  failure: { readonly error: string; readonly reason: StepReason; readonly now: number },
): Promise<void> {
  const { error, reason, now } = failure;
  for (const step of await listSteps(tx, stage.id)) {
    if (isDone(step.status)) continue;
    const status = step.status === 'pending' ? 'skipped' : 'error';
    await updateStep(tx, step.id, step.status, {
      status,
      error: status === 'error' ? error : '',
      exitCode: status === 'error' ? 255 : 0,
      reason: status === 'error' ? reason : '',
      started: step.started || now,
      stopped: Math.max(step.started, now),
    });
  }
  const patch = { status: move('stage', stage.status, 'error'), error: cutError(error), exitCode: 255 };
  await updateStage(
    tx,
    stage.id,
    { ...patch, started: stage.started || now, stopped: Math.max(stage.started, now) },
    now,
  );
}
