import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { listStages } from '../store/stages.ts';
import { type TriggerDeps, triggerBuild } from './trigger.ts';
import type { TriggerOutcome, TriggerRequest } from './trigger-request.ts';

export interface RepeatBuild {
  readonly repo: Repo;
  /** The build whose commit is built again. */
  readonly build: Build;
  /** Who asks. */
  readonly login: string;
  readonly params: Readonly<Record<string, string>>;
  readonly within: TriggerRequest['within'];
}

/**
 * Builds the commit of a build again, as a new build (api-v1.md 3.5). The pipeline file is read and decided about
 * anew. Throws `build-not-restartable` while the old one waits for an approval or when it was declined.
 */
export async function restartBuild(
  deps: TriggerDeps,
  input: RepeatBuild & { readonly isDebug: boolean },
): Promise<TriggerOutcome> {
  const { build, params, isDebug } = input;
  await requireApproved(deps, build);
  const { event, cron, deployTo, deployId } = build;
  return triggerBuild(deps, {
    ...copyOf(input),
    ...{ event, cron, deployTo, deployId, isDebug },
    // As in Drone, and the other way round than when deploying.
    params: { ...params, ...build.params },
  });
}

/** Deploys the commit of a build: `promote` or `rollback`. Throws as `restartBuild` does. */
export async function deployBuild(
  deps: TriggerDeps,
  input: RepeatBuild & { readonly event: 'promote' | 'rollback'; readonly target: string },
): Promise<TriggerOutcome> {
  const { build, event, params } = input;
  await requireApproved(deps, build);
  return triggerBuild(deps, {
    ...copyOf(input),
    ...{ event, deployTo: input.target, cron: build.cron },
    params: { ...build.params, ...params },
  });
}

/** What the new build takes over. Ref and source repository let a pull request's build stay one. */
function copyOf({ repo, build, login, within }: RepeatBuild) {
  const { action, ref, before, after, source, target, sender, title, message, link, sourceRepo } = build;
  const { authorLogin, authorName, authorEmail, authorAvatar, readFrom } = build;
  return {
    ...{ repo, action, ref, before, after, source, target, sender, title, message, link, sourceRepo, within },
    ...(readFrom === undefined ? {} : { readFrom }),
    origin: { login },
    parent: build.number,
    author: { authorLogin, authorName, authorEmail, authorAvatar },
  };
}

/** A new build would be a way around the person who has to approve the old one (ledger 18). */
async function requireApproved({ db }: TriggerDeps, build: Build): Promise<void> {
  const stages = await listStages(db, build.id);
  const held = stages.find(({ status }) => status === 'blocked' || status === 'declined');
  if (held === undefined && build.status !== 'declined' && build.status !== 'blocked') return;
  const isDeclined = build.status === 'declined' || held?.status === 'declined';
  throw new AppError(
    'build-not-restartable',
    isDeclined
      ? `Build ${build.number} has been declined.`
      : `Build ${build.number} still waits for an approval.`,
    {
      hint: isDeclined
        ? 'Push a new commit, or start a build of the branch.'
        : 'Let an administrator of the repository approve or decline it first.',
    },
  );
}
