import type { RunnerService, StageReport, StepReport } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import type { PlanStep } from '@sortie/core/plan';
import type { Lease } from '@sortie/core/runner';
import type { Step } from '@sortie/core/step';
import type { LogSink } from '@sortie/engine/log-writer';
import type { StepResult } from '@sortie/engine/step-table';
import { retry } from './retry.ts';
import type { RunnerLog } from './stage-run.ts';

export interface ReportDeps {
  readonly service: RunnerService;
  readonly lease: Lease;
  /** Aborted here when the server says that the lease is gone; nothing is sent afterwards. */
  readonly lost: AbortController;
  /** Aborted here when the server has the end: no lease is left that could be kept alive, or get lost. */
  readonly ended: AbortController;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly log: RunnerLog;
}

/** About a minute of trying: long enough for a restart of the server, short enough to tell of a full disk. */
const PIECE_ATTEMPTS = 12;

/** Reports about one leased stage, each repeated until the server has it. */
export interface Reporter {
  begin(steps: readonly PlanStep[]): Promise<ReadonlyMap<number, Step>>;
  step(step: Step, result: StepResult | { readonly started: number }): Promise<void>;
  finish(report: StageReport): Promise<void>;
  openLog(step: Step): LogSink;
}

export function createReporter(deps: ReportDeps): Reporter {
  const { service, lease } = deps;
  async function send<T>(call: () => Promise<T>, maxAttempts?: number): Promise<T> {
    try {
      return await retry(call, {
        signal: deps.lost.signal,
        sleep: deps.sleep,
        random: deps.random,
        maxAttempts,
        onRetry: (err, attempt, waitMs) =>
          deps.log.warn({ stageId: lease.stageId, err, attempt, waitMs }, 'a report did not arrive'),
      });
    } catch (error) {
      if (error instanceof AppError && error.code === 'lease-lost') deps.lost.abort(error);
      throw error;
    }
  }
  return {
    async begin(steps) {
      const rows = await send(() => service.begin(lease, steps.map(toDraft)));
      return new Map(rows.map((row) => [row.number, row]));
    },
    step: (step, result) => send(() => service.updateStep(lease, toReport(step, result))),
    async finish(report) {
      await send(() => service.finish(lease, report));
      deps.ended.abort(new Error('the stage has ended'));
    },
    openLog: (step) => ({
      write: async (piece) => {
        await send(() => service.appendLog(lease, step.id, piece), PIECE_ATTEMPTS);
      },
      close: () => send(() => service.closeLog(lease, step.id), PIECE_ATTEMPTS),
    }),
  };
}

function toDraft(step: PlanStep) {
  return {
    number: step.number,
    name: step.name,
    image: step.image ?? '',
    dependsOn: step.declaredDependsOn,
    isDetached: step.detached,
    errIgnore: step.failure === 'ignore',
  };
}

/** The wire form of a step's result; without a status the step has just begun. */
export function toReport(step: Step, result: StepResult | { readonly started: number }): StepReport {
  if ('status' in result) return { stepId: step.id, ...result };
  return { stepId: step.id, status: 'running', exitCode: 0, error: '', started: result.started, stopped: 0 };
}
