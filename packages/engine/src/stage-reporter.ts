import type { PlanStep } from '@sortie/core/plan';
import type { LogSink } from './log-writer.ts';
import type { StageOutcome, StepResult } from './step-table.ts';

/**
 * Learns what happens to the steps. Calls for one step come one after the other, calls for different steps may
 * overlap. A rejection ends the stage: a runner that cannot report has lost it.
 */
export interface StageReporter {
  /** `startedAt` in unix seconds. The log of the step gets its first piece after this has resolved. */
  stepStarted(step: PlanStep, startedAt: number): Promise<void>;
  /** Called once per step, also for skipped ones; for the others after their log has been closed. */
  stepEnded(step: PlanStep, result: StepResult): Promise<void>;
  /** A plugin has printed a card; `text` is JSON if the plugin is right, secrets are masked. */
  stepCard?(step: PlanStep, text: string): Promise<void>;
  /** All steps are done and reported. The engine cleans up meanwhile, so this does not wait for that. */
  stageEnded?(outcome: StageOutcome): Promise<void>;
}

/** Called once for every step that starts. */
export type OpenLog = (step: PlanStep) => LogSink;
