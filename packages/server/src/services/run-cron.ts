import type { CronJob } from '@sortie/core/cron-job';
import type { Repo } from '@sortie/core/repo';
import { ownerOf } from './repo-owner.ts';
import { type TriggerDeps, triggerBuild } from './trigger.ts';
import type { TriggerOutcome, TriggerRequest } from './trigger-request.ts';

/** Builds the newest commit of the branch of a cron job (api-v1.md 3.10), disabled or not. */
export async function runCron(
  deps: TriggerDeps,
  repo: Repo,
  job: CronJob,
  within?: TriggerRequest['within'],
): Promise<TriggerOutcome> {
  const found = await ownerOf(deps.db, repo);
  if ('kind' in found) return found;
  const ref = `refs/heads/${job.branch}`;
  const commit = await deps.source.findCommit(repo, ref);
  if (commit === undefined) {
    return { kind: 'skipped', code: 'commit-missing', message: `there is no branch ${job.branch}` };
  }
  return triggerBuild(deps, {
    ...{ repo, ref, within },
    origin: '@cron',
    event: 'cron',
    action: '',
    before: '',
    after: commit.sha,
    source: '',
    target: job.branch,
    sender: commit.authorLogin,
    title: '',
    message: '',
    link: repo.link,
    params: {},
    cron: job.name,
    deployTo: '',
  });
}
