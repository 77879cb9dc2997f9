import type { Build } from '@sortie/core/build';
import type { Status } from '@sortie/core/status';
import type { StageWithSteps } from '../stages.ts';
import { type LegacyStatus, toLegacyStatus } from './build-words.ts';

/** A stage as the 0.5 API shows it (api-legacy.md 2.5). */
export interface LegacyJob {
  readonly id: number;
  readonly number: number;
  readonly error: string;
  readonly status: LegacyStatus;
  readonly exit_code: number;
  readonly enqueued_at: number;
  readonly started_at: number;
  readonly finished_at: number;
  /** `null` only in the empty job of an `enqueued` event. */
  readonly environment: Readonly<Record<string, string>> | null;
}

/** The job of an `enqueued` event, which is about the whole build. */
export const NO_JOB: LegacyJob = {
  id: 0,
  number: 0,
  error: '',
  status: '' as LegacyStatus,
  exit_code: 0,
  enqueued_at: 0,
  started_at: 0,
  finished_at: 0,
  environment: null,
};

export function toLegacyJob(
  stage: StageWithSteps,
  build: Pick<Build, 'enqueued' | 'created' | 'params'>,
): LegacyJob {
  return {
    id: stage.id,
    number: stage.number,
    error: stage.error,
    status: toLegacyStatus(stage.status),
    exit_code: exitCodeOf(stage),
    enqueued_at: Math.max(build.enqueued || build.created, stage.created),
    started_at: stage.started,
    finished_at: stage.stopped,
    environment: { ...stage.environment, ...build.params },
  };
}

/** What 0.5 shows for ends without an exit code of their own. */
const EXIT_CODES: Partial<Record<Status, number>> = { killed: 137, declined: 137, error: 255 };

/** Runners leave 0 on stages that failed. */
function exitCodeOf(stage: StageWithSteps): number {
  if (stage.exitCode !== 0) return stage.exitCode;
  if (stage.status !== 'failure') return EXIT_CODES[stage.status] ?? 0;
  const failed = stage.steps.find((step) => step.exitCode !== 0 && !step.errIgnore);
  return failed?.exitCode ?? 1;
}
