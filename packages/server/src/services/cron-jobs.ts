import { parseSchedule, type Schedule } from '@sortie/core/cron';
import { type CronJob, cronName } from '@sortie/core/cron-job';
import { AppError } from '@sortie/core/errors';
import { nextRun, type ZoneOffset } from '@sortie/core/next-run';
import type { Repo } from '@sortie/core/repo';
import { insertCron, updateCron } from '../store/crons.ts';
import type { Db } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';

export interface CronJobDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  /** The clocks that expressions are read on. */
  readonly offsetAt: ZoneOffset;
}

const MAX_TEXT = 250;

/**
 * Adds a cron job and plans its first run. Expression, name and branch are checked in this order, as in Drone. Throws
 * `cron-invalid`, and `already-exists` when the repository has a job of that name.
 */
export async function addCronJob(
  deps: CronJobDeps,
  repo: Repo,
  input: { readonly name: string; readonly expr: string; readonly branch: string },
): Promise<CronJob> {
  const { expr } = input;
  const now = deps.now();
  const next = planFirst(deps, expr);
  const name = cronName(input.name);
  if (name === '' || name.length > MAX_TEXT) {
    throw new AppError('cron-invalid', 'The cron job has no usable name.', {
      hint: `Use letters and digits, at most ${MAX_TEXT} of them.`,
    });
  }
  const branch = requireBranch(input.branch);
  const fresh = { prev: 0, target: '', isDisabled: false, created: now, updated: now };
  try {
    return await insertCron(deps.db, { ...fresh, repoId: repo.id, name, expr, next, branch });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new AppError('already-exists', `The repository has a cron job ${name} already.`, {
      hint: 'Change that one, or take another name.',
      cause: error,
    });
  }
}

export type CronChange = Partial<Pick<CronJob, 'expr' | 'branch' | 'target' | 'isDisabled'>>;

/**
 * Changes a cron job. A new expression plans it anew, and so does enabling it, which therefore never makes up for what
 * was missed meanwhile. Throws `cron-invalid`; `undefined` when the job is gone.
 */
export async function changeCronJob(
  deps: CronJobDeps,
  job: CronJob,
  change: CronChange,
): Promise<CronJob | undefined> {
  const { expr = job.expr, branch, target = '' } = change;
  if (branch !== undefined) requireBranch(branch);
  if (target.includes('\0')) throw unusableText('target');
  const isEnabled = job.isDisabled && change.isDisabled === false;
  const next = isEnabled || change.expr !== undefined ? { next: planFirst(deps, expr) } : {};
  return updateCron(deps.db, job.id, { ...change, ...next, updated: deps.now() });
}

/** When a job is due after `after`; 0 when never. Throws `cron-invalid` for an expression that cannot be read. */
export function planNext({ offsetAt }: Pick<CronJobDeps, 'offsetAt'>, expr: string, after: number): number {
  return nextRun(readSchedule(expr), after, offsetAt) ?? 0;
}

function planFirst(deps: CronJobDeps, expr: string): number {
  const next = planNext(deps, expr, deps.now());
  if (next !== 0) return next;
  throw new AppError('cron-invalid', 'The cron expression names no time of the next five years.', {
    hint: 'Check day and month: 30 February never comes.',
  });
}

function readSchedule(expr: string): Schedule {
  if (expr.includes('\0') || expr.length > MAX_TEXT) throw unusableText('expression');
  try {
    return parseSchedule(expr);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('cron-invalid', error.message, { hint: error.hint, cause: error });
  }
}

function requireBranch(branch: string): string {
  if (branch.trim() === '') {
    throw new AppError('cron-invalid', 'The cron job has no branch.', { hint: 'Name the branch to build.' });
  }
  if (branch.includes('\0') || branch.length > MAX_TEXT) throw unusableText('branch');
  return branch;
}

function unusableText(what: string): AppError {
  return new AppError('cron-invalid', `The ${what} of the cron job cannot be used.`, {
    hint: `Write at most ${MAX_TEXT} characters, without control characters.`,
  });
}
