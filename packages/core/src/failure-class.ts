import type { Status } from './status.ts';
import type { StepReason } from './step.ts';

/** What kind of thing made a stage or step fail. */
export const FAILURE_CLASSES = {
  exit: 'The command ended with another exit code than 0',
  signal: 'The command was ended by a signal',
  oom: 'The command was killed because it needed more memory than its limit',
  timeout: 'The time limit of the repository was over',
  pull: 'The image could not be had',
  cancelled: 'The build was cancelled',
  'runner-lost': 'The runner stopped answering',
  config: 'The pipeline file could not be compiled',
  engine: 'The engine could not start or run it',
  skipped: 'It did not run, because something else ended the build',
} as const;
export type FailureClass = keyof typeof FAILURE_CLASSES;

/** What is stored of a stage or step that did not succeed. */
export interface Failed {
  readonly status: Status;
  readonly exitCode: number;
  readonly error: string;
  /** What the runner has told; empty or absent where it has not. */
  readonly reason?: StepReason | '';
  /** The error of the stage that a step belongs to. */
  readonly stageError?: string;
  /** True for a stage that ended before it had any step. */
  readonly isWithoutSteps?: boolean;
}

/** Shells add 128 to the number of the signal; there are 64. */
const SIGNALS = { first: 129, last: 192 };

/** The runner and the server write these; the daemon's own words come from runners of others too. */
const TIMEOUT = /longer than its limit|deadline exceeded|timed? ?out/i;
const LOST = /^runner lost/i;
const PULL =
  /cannot be pulled|must not be pulled|pull access denied|manifest (?:unknown|for .* not found)|ImagePull|repository does not exist/i;

/** The class is what the runner has told, or is derived from what else is stored; statuses that are no failure count by their exit code. */
export function classifyFailure(failed: Failed): FailureClass {
  const { status, exitCode, error, stageError = '', reason = '' } = failed;
  if (status === 'skipped') return 'skipped';
  if (reason !== '') return reason === 'start' ? 'engine' : reason;
  if (LOST.test(error)) return 'runner-lost';
  if (status === 'killed') return TIMEOUT.test(`${error} ${stageError}`) ? 'timeout' : 'cancelled';
  if (status === 'error') {
    if (PULL.test(error)) return 'pull';
    return failed.isWithoutSteps === true ? 'config' : 'engine';
  }
  // 137 too: official runners say it of a command without memory and of one that somebody killed.
  return exitCode >= SIGNALS.first && exitCode <= SIGNALS.last ? 'signal' : 'exit';
}
