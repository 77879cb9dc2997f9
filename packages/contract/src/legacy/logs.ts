import type { LogLine } from '@sortie/core/log';

/** One line of a job's log (api-legacy.md 2.7). `type` 2 is an exit code. */
export interface LegacyLogLine {
  readonly proc?: string;
  /** Whole seconds since the step began. */
  readonly time?: number;
  readonly type?: number;
  readonly pos: number;
  readonly out?: string;
}

const EXIT_CODE = 2;

export function toLegacyLogLine(proc: string, { pos, out, time }: LogLine): LegacyLogLine {
  const text = out.replace(/\n$/, '').replace(/\r$/, '');
  return { proc, ...(time > 0 ? { time } : {}), pos, ...(text === '' ? {} : { out: text }) };
}

/** What follows the last line of a step that has ended. */
export function toLegacyExitLine(proc: string, exitCode: number): LegacyLogLine {
  return { proc, type: EXIT_CODE, pos: 0, out: String(exitCode) };
}
