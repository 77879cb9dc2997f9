import { AppError } from '@sortie/core/errors';

/** What `sortie doctor` looks at, in the order in which it tells of them. */
export type DoctorCheck =
  | 'settings'
  | 'data'
  | 'disk'
  | 'database'
  | 'key'
  | 'git'
  | 'docker'
  | 'runner'
  | 'forge'
  | 'tokens'
  | 'hooks'
  | 'clock'
  | 'tls'
  | 'address';

/** One line of the report. */
export interface Diagnosis {
  readonly check: DoctorCheck;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found, as a sentence. */
  readonly message: string;
  /** The remedy, with the exact setting. */
  readonly hint?: string;
}

export function ok(check: DoctorCheck, message: string): Diagnosis {
  return { check, state: 'ok', message };
}

export function warn(check: DoctorCheck, message: string, hint?: string): Diagnosis {
  return { check, state: 'warn', message, ...(hint === undefined ? {} : { hint }) };
}

export function fail(check: DoctorCheck, message: string, hint?: string): Diagnosis {
  return { check, state: 'fail', message, ...(hint === undefined ? {} : { hint }) };
}

/** A check that ended in an error has failed; ours name the remedy. */
export function failed(check: DoctorCheck, error: unknown): Diagnosis {
  if (error instanceof AppError) return fail(check, error.message, error.hint);
  return fail(check, error instanceof Error ? error.message : String(error));
}
