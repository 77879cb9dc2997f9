import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { isDone, move } from '@sortie/core/status';
import { findBuildById, listSupersededBuilds, lockBuild, updateBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { advanceBuild } from './advance-build.ts';
import { insertStatusIntent, insertWebhookIntent } from './build-intents.ts';
import { stopStages } from './stop-stages.ts';

export interface CancelBuildDeps {
  readonly db: Db;
  readonly events: { publish(): void };
  readonly queue: {
    /** Stages may be due. */
    wake(): void;
    /** Runners are to look whether their stages have been cancelled. */
    stop(): void;
  };
  /** Unix seconds. */
  readonly now: () => number;
}

/** What the build becomes: `skipped` when a newer one takes its place, otherwise `killed`. */
export type CancelStatus = 'killed' | 'skipped';

/**
 * Cancels a build (api-v1.md 3.5.2): it and everything in it ends at once, and `isCancelling` stays true until
 * every runner has confirmed. A finished build is left as it is, apart from stages that were left over, and so is one
 * that `only` does not want. Returns the build as it is now, `undefined` when it does not exist.
 */
export async function cancelBuild(
  deps: CancelBuildDeps,
  buildId: number,
  status: CancelStatus = 'killed',
  only?: CancelInput['only'],
): Promise<Build | undefined> {
  const now = deps.now();
  const build = await inTransaction(deps.db, (tx) => cancel(tx, buildId, { status, now, only }));
  announce(deps);
  return build;
}

function announce(deps: CancelBuildDeps): void {
  deps.events.publish();
  deps.queue.stop();
  deps.queue.wake();
}

interface CancelInput {
  readonly status: CancelStatus;
  readonly now: number;
  /** Looked at under the lock: the build may have gone on since it was listed. */
  readonly only?: (build: Build) => boolean;
}

async function cancel(tx: Tx, buildId: number, input: CancelInput): Promise<Build | undefined> {
  const { status, now } = input;
  const build = await lockBuild(tx, buildId);
  if (build === undefined || input.only?.(build) === false) return build;
  const { leasedIds, stopped } = await stopStages(tx, buildId, now);
  if (!isDone(build.status)) {
    const patch = {
      status: move('build', build.status, status),
      started: build.started === 0 ? now : build.started,
      finished: now,
      isCancelling: leasedIds.length > 0,
    };
    const cancelled = await updateBuild(tx, buildId, patch, { version: build.version });
    await insertStatusIntent(tx, cancelled, now);
    await insertWebhookIntent(tx, cancelled, 'updated', now);
  }
  // Repeating a cancel is no event.
  await advanceBuild(tx, buildId, now, { isProbe: isDone(build.status) && stopped === 0 });
  return findBuildById(tx, buildId);
}

/** Auto-cancel (api-v1.md 4.5): older builds of the same event and ref make way. Returns the ids of those. */
export async function cancelSupersededBuilds(
  deps: CancelBuildDeps,
  input: { readonly repo: Repo; readonly build: Build },
): Promise<readonly number[]> {
  const { repo, build } = input;
  const isWanted =
    (build.event === 'push' && repo.autoCancelPushes) ||
    (build.event === 'pull_request' && repo.autoCancelPullRequests);
  if (!isWanted) return [];
  const older = await listSupersededBuilds(deps.db, build, { isRunningIncluded: repo.autoCancelRunning });
  const now = deps.now();
  const stopped: number[] = [];
  for (const { id } of older) {
    const isSuperseded = (found: Build) => found.status === 'pending' || repo.autoCancelRunning;
    const input = { status: 'skipped', now, only: isSuperseded } as const;
    const after = await inTransaction(deps.db, (tx) => cancel(tx, id, input));
    if (after?.status === 'skipped') stopped.push(id);
  }
  announce(deps);
  return stopped;
}
