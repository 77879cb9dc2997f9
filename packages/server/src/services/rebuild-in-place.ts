import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isDone, type Status } from '@sortie/core/status';
import { lockBuild, updateBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';
import { lockStages, updateStage } from '../store/stages.ts';
import { decideApproval } from './approval-gate.ts';
import { insertStatusIntent, insertWebhookIntent } from './build-intents.ts';
import { requireModestBuild } from './build-size.ts';
import type { RepoSource } from './source.ts';

export interface RebuildDeps {
  readonly db: Db;
  readonly events: { publish(): void };
  readonly queue: { wake(): void };
  /** Unix seconds. */
  readonly now: () => number;
  readonly sourceOf: (repo: Repo) => RepoSource | undefined;
}

export interface RebuildRequest {
  readonly repo: Repo;
  readonly build: Build;
  /** Added to the parameters that the build has; they stay for later rebuilds. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Runs a build again under its own number (api-legacy.md 5.4): every stage is due again as a new attempt, whose steps
 * and logs take the place of the old ones in every answer. Returns the build as it is now. Throws `not-found`
 * when the pipeline file is gone, `conflict` while the build runs, `build-not-restartable` when it has no stages.
 */
export async function rebuildInPlace(deps: RebuildDeps, request: RebuildRequest): Promise<Build> {
  const { repo, build } = request;
  const found = await deps.sourceOf(repo)?.commitWithFile(repo, build.after, repo.configPath);
  if (found?.text === undefined) {
    throw new AppError('not-found', 'The pipeline file of the build is not there any more.', {
      hint: `Push a commit with ${repo.configPath}.`,
    });
  }
  const rebuilt = await inTransaction(deps.db, (tx) => reset(tx, request, deps.now()));
  deps.events.publish();
  deps.queue.wake();
  return rebuilt;
}

async function reset(tx: Tx, request: RebuildRequest, now: number): Promise<Build> {
  const build = await lockBuild(tx, request.build.id);
  if (build === undefined) throw new AppError('not-found', 'The build has been removed.');
  const stages = await lockStages(tx, build.id);
  const isBusy = stages.some((stage) => !isDone(stage.status) || stage.leaseRunner !== '');
  if (!isDone(build.status) || isBusy) {
    throw new AppError('conflict', 'The build is pending or running.', {
      hint: 'Wait until it has ended, or stop it.',
    });
  }
  if (stages.length === 0) {
    throw new AppError('build-not-restartable', 'The build has no jobs, because its file has errors.', {
      hint: 'Correct the file and push it.',
    });
  }
  refuseDeclined(build, stages);
  requireModestBuild({ params: { ...build.params, ...request.params } });
  const approval = await decideApproval(tx, request.repo, build);
  // Blocked and then approved once, and given to a runner: what was approved stays so.
  const wasApproved = build.approval !== undefined;
  for (const stage of stages) {
    const isBlocked = approval !== undefined && !(wasApproved && stage.machine !== '');
    const status = isBlocked ? 'blocked' : firstStatus(stage);
    const cleared = { error: '', exitCode: 0, machine: '', started: 0, stopped: 0 };
    await updateStage(tx, stage.id, { ...cleared, status, attempt: stage.attempt + 1 }, now);
  }
  return reopen(tx, build, { params: request.params, approval }, now);
}

function refuseDeclined(build: Build, stages: readonly Stage[]): void {
  if (build.status !== 'declined' && stages.every(({ status }) => status !== 'declined')) return;
  throw new AppError('build-not-restartable', `Build ${build.number} has been declined.`, {
    hint: 'Push a new commit, or start a build of the branch.',
  });
}

function firstStatus(stage: Stage): Status {
  return stage.dependsOn.length === 0 ? 'pending' : 'waiting_on_dependencies';
}

async function reopen(
  tx: Tx,
  build: Build,
  { params, approval }: Pick<RebuildRequest, 'params'> & Pick<Build, 'approval'>,
  now: number,
): Promise<Build> {
  const patch = {
    status: 'pending',
    error: '',
    started: 0,
    finished: 0,
    updated: now,
    enqueued: now,
    isCancelling: false,
    params: { ...build.params, ...params },
    ...(approval === undefined ? {} : { approval }),
  } as const;
  const rebuilt = await updateBuild(tx, build.id, patch, { version: build.version });
  await insertStatusIntent(tx, rebuilt, now);
  await insertWebhookIntent(tx, rebuilt, 'updated', now);
  await appendEvent(tx, { repoId: build.repoId, buildId: build.id, change: 'updated', created: now });
  return rebuilt;
}
