import type { CronJob } from '@sortie/core/cron-job';
import { AppError } from '@sortie/core/errors';
import { claimDue, listDueCrons } from '../store/crons.ts';
import { findRepoById } from '../store/repos.ts';
import { type CronJobDeps, planNext } from './cron-jobs.ts';
import { runCron } from './run-cron.ts';
import { type TriggerParts, triggerDepsOf } from './trigger-deps.ts';
import type { TriggerOutcome } from './trigger-request.ts';

export interface RunDueCronsDeps extends TriggerParts, CronJobDeps {
  /** Told of what became of each job that was due. */
  readonly reportCron: (job: CronJob, slug: string, outcome: TriggerOutcome) => void;
}

const JOBS_PER_PAGE = 100;

/**
 * Starts a build for every cron job that is due. Any number of missed times become one run, and its next time is
 * stored before the build is tried, so a job that fails is tried again at its next time only. A job that fails does
 * not keep the others.
 */
export async function runDueCrons(deps: RunDueCronsDeps): Promise<void> {
  const now = deps.now();
  const seen = new Set<number>();
  while (true) {
    const due = await listDueCrons(deps.db, now, { limit: JOBS_PER_PAGE });
    const fresh = due.filter(({ id }) => !seen.has(id));
    if (fresh.length === 0) return;
    for (const job of fresh) {
      seen.add(job.id);
      try {
        await runSlot(deps, job, now);
      } catch (error) {
        deps.reportFailure(`the cron job ${job.name} of repository ${job.repoId} failed`, error);
      }
    }
  }
}

async function runSlot(deps: RunDueCronsDeps, seen: CronJob, now: number): Promise<void> {
  const next = nextOf(deps, seen, now);
  const job = await claimDue(deps.db, seen, next ?? 0);
  // Another server has it, somebody has just changed it, or it cannot be read.
  if (job === undefined || next === undefined) return;
  const repo = await findRepoById(deps.db, job.repoId);
  if (repo === undefined) return;
  deps.reportCron(job, repo.slug, await runCron(triggerDepsOf(deps, repo), repo, job));
}

/** An expression that cannot be read, of an imported job, is reported once and never due again. */
function nextOf(deps: RunDueCronsDeps, job: CronJob, now: number): number | undefined {
  try {
    return planNext(deps, job.expr, now);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.reportFailure(`the expression of the cron job ${job.name} cannot be read`, error);
    return undefined;
  }
}
