import { AppError } from '@sortie/core/errors';
import type { PlanStep } from '@sortie/core/plan';
import type { StepReason } from '@sortie/core/step';
import type { StepExit } from './engine.ts';

/** The reason for which a running stage is ended; abort the signal of `executeStage` with it. */
export class StageHalt extends Error {
  readonly reason: Extract<StepReason, 'timeout' | 'cancelled'>;

  constructor(reason: StageHalt['reason'], message: string) {
    super(message);
    this.name = 'StageHalt';
    this.reason = reason;
  }
}

/** Why steps were killed, from what the signal was aborted with. */
export function haltReason(cause: unknown): StepReason {
  return cause instanceof StageHalt ? cause.reason : 'cancelled';
}

/** Highest number of a signal. */
const MAX_SIGNAL = 64;

/** Why a program did not succeed. A shell says 128 and the number for a program that a signal ended. */
export function exitReason({ exitCode, isOomKilled }: StepExit): StepReason {
  if (isOomKilled) return 'oom';
  return exitCode > 128 && exitCode <= 128 + MAX_SIGNAL ? 'signal' : 'exit';
}

/** Why a step could not run at all. */
export function errorReason(error: unknown): StepReason {
  if (!(error instanceof AppError)) return 'engine';
  if (error.code === 'image-not-found' || error.code === 'image-pull-failed') return 'pull';
  return error.code === 'step-start-failed' ? 'start' : 'engine';
}

/** A sentence for a person, where the exit code alone says too little; empty otherwise. */
export function exitText(step: PlanStep, { isOomKilled }: StepExit): string {
  if (!isOomKilled) return '';
  const { memoryLimitBytes } = step;
  const limit = memoryLimitBytes === undefined ? '' : ` of ${Math.round(memoryLimitBytes / 1024 / 1024)} MiB`;
  return `The step was ended because it needed more memory than its limit${limit}. Raise mem_limit or let it need less.`;
}
