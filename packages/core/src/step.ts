import type { Status } from './status.ts';

/**
 * Why a step did not succeed: its program said so or was ended by a signal, it needed more memory than it may have,
 * its image or its start failed, the engine lost it, its stage took too long or was cancelled, or its runner died.
 */
export const STEP_REASONS = [
  'exit',
  'signal',
  'oom',
  'pull',
  'start',
  'engine',
  'timeout',
  'cancelled',
  'runner-lost',
] as const;
export type StepReason = (typeof STEP_REASONS)[number];

/** One container or process of a stage. All times are unix seconds, 0 when not set. */
export interface Step {
  readonly id: number;
  readonly stageId: number;
  /** 1-based within the stage. */
  readonly number: number;
  /** The attempt of the stage that the step belongs to. */
  readonly attempt: number;
  readonly name: string;
  readonly status: Status;
  readonly error: string;
  readonly errIgnore: boolean;
  readonly exitCode: number;
  /** Empty for steps that succeeded, were skipped or still run, and from runners that do not tell. */
  readonly reason: StepReason | '';
  readonly dependsOn: readonly string[];
  readonly image: string;
  readonly isDetached: boolean;
  readonly schema: string;
  readonly started: number;
  readonly stopped: number;
  readonly version: number;
}
