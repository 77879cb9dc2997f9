import {
  createCronJob,
  deleteCronJob,
  getCronJob,
  listCronJobs,
  toWireCron,
  triggerCronJob,
  updateCronJob,
} from '@sortie/contract/crons';
import { scheduleHint } from '@sortie/core/cron';
import type { CronJob } from '@sortie/core/cron-job';
import type { Repo } from '@sortie/core/repo';
import type { FastifyReply } from 'fastify';
import { addCronJob, type CronJobDeps, changeCronJob } from '../services/cron-jobs.ts';
import { runCron } from '../services/run-cron.ts';
import { type TriggerParts, triggerDepsOf } from '../services/trigger-deps.ts';
import { findCron, listCrons, removeCron } from '../store/crons.ts';
import type { Db } from '../store/db.ts';
import { type Mount, notFound, repoOf } from './mount.ts';
import { answerTrigger } from './trigger-answer.ts';

export interface CronRouteDeps extends TriggerParts, CronJobDeps {
  /** Told after every change of a cron job: another one may be due first now. */
  readonly onCronChange?: () => void;
}

export function mountCronRoutes(mount: Mount, deps: CronRouteDeps): void {
  const { db } = deps;
  mount(listCronJobs, async (call) => (await listCrons(db, repoOf(call).id)).map(toWireCron));

  mount(createCronJob, async (call) => {
    const { name = '', expr = '', branch = '' } = call.body;
    const job = await addCronJob(deps, repoOf(call), { name, expr, branch });
    deps.onCronChange?.();
    warnOf(call.reply, expr);
    return toWireCron(job);
  });

  mount(getCronJob, async (call) => toWireCron(await requireCron(db, repoOf(call), call.params.cron)));

  mount(triggerCronJob, async (call) => {
    const repo = repoOf(call);
    const job = await requireCron(db, repo, call.params.cron);
    const outcome = await runCron(triggerDepsOf(deps, repo), repo, job, call.noteBuild);
    return answerTrigger(call, repo, outcome);
  });

  mount(updateCronJob, async (call) => {
    const job = await requireCron(db, repoOf(call), call.params.cron);
    const { disabled: isDisabled, ...change } = call.body;
    const changed = await changeCronJob(deps, job, { ...change, isDisabled });
    if (changed === undefined) throw notFound('cron job');
    deps.onCronChange?.();
    if (change.expr !== undefined) warnOf(call.reply, change.expr);
    return toWireCron(changed);
  });

  mount(deleteCronJob, async (call) => {
    const job = await requireCron(db, repoOf(call), call.params.cron);
    if (!(await removeCron(db, job.id))) throw notFound('cron job');
    deps.onCronChange?.();
    return undefined;
  });
}

async function requireCron(db: Db, repo: Repo, name: string): Promise<CronJob> {
  // PostgreSQL cannot even compare with a zero character.
  const job = name.includes('\0') ? undefined : await findCron(db, repo.id, name);
  if (job === undefined) throw notFound('cron job');
  return job;
}

function warnOf(reply: FastifyReply, expr: string): void {
  const hint = scheduleHint(expr);
  if (hint !== undefined) reply.header('x-cron-hint', hint);
}
