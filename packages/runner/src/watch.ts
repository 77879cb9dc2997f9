import type { Assignment, RunnerService } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import { StageHalt } from '@sortie/engine/step-reason';
import type { RunnerLog } from './stage-run.ts';

export interface WatchDeps {
  readonly service: RunnerService;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: RunnerLog;
}

export interface WatchSignals {
  /** The stage is over; all watching ends. */
  readonly ended: AbortSignal;
  /** Aborted here when the lease is gone. */
  readonly lost: AbortController;
  /** Aborted here when the stage has to end before its steps are done; the reason says why. */
  readonly halt: AbortController;
}

/**
 * Watches over a running stage: keeps its lease alive, and halts it when it is cancelled or its time is up.
 * Resolves when the stage is over; never rejects.
 */
export async function watchStage(
  deps: WatchDeps,
  assignment: Assignment,
  signals: WatchSignals,
): Promise<void> {
  await Promise.all([
    beat(deps, assignment, signals),
    watchCancel(deps, assignment, signals),
    watchTime(deps, assignment, signals),
  ]);
}

async function beat(
  deps: WatchDeps,
  assignment: Assignment,
  { ended, lost, halt }: WatchSignals,
): Promise<void> {
  while (await wait(deps, assignment.heartbeatMs, ended)) {
    try {
      const { isCancelled } = await deps.service.heartbeat(assignment.lease);
      if (isCancelled) halt.abort(cancelled());
    } catch (error) {
      // The report of the end has overtaken it.
      if (ended.aborted) return;
      if (error instanceof AppError && error.code === 'lease-lost') {
        lost.abort(error);
        return;
      }
      // The lease outlives several lost beats; the next one comes soon.
      deps.log.warn({ stageId: assignment.stage.id, err: error }, 'a heartbeat did not arrive');
    }
  }
}

async function watchCancel(
  deps: WatchDeps,
  assignment: Assignment,
  { ended, halt }: WatchSignals,
): Promise<void> {
  await deps.service.watchCancel(assignment.lease, ended);
  if (!ended.aborted) halt.abort(cancelled());
}

async function watchTime(
  deps: WatchDeps,
  assignment: Assignment,
  { ended, halt }: WatchSignals,
): Promise<void> {
  if (!(await wait(deps, assignment.timeoutMs, ended))) return;
  const minutes = Math.round(assignment.timeoutMs / 60_000);
  halt.abort(new StageHalt('timeout', `The stage took longer than its limit of ${minutes} minutes.`));
}

function cancelled(): Error {
  return new StageHalt('cancelled', 'The build was cancelled.');
}

/** False when the stage ended first. */
async function wait(deps: WatchDeps, ms: number, ended: AbortSignal): Promise<boolean> {
  try {
    await deps.sleep(ms, ended);
    return true;
  } catch (error) {
    if (ended.aborted) return false;
    throw error;
  }
}
