import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import { move, type Status } from '@sortie/core/status';
import { lockBuild, updateBuild } from '../store/builds.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { lockStages, updateStage } from '../store/stages.ts';
import { advanceBuild } from './advance-build.ts';
import { noteApproval } from './approval-gate.ts';
import type { CancelBuildDeps } from './cancel-build.ts';
import { stopStages } from './stop-stages.ts';

/** Approving and declining announce what cancelling does. */
export type ApproveBuildDeps = CancelBuildDeps;

export interface StageChoice {
  readonly buildId: number;
  /** Number of one stage; absent for the whole build. */
  readonly stage?: number;
}

export interface Approval extends StageChoice {
  /** The account that approves, as the request has proved it. */
  readonly userId: number;
}

/**
 * Lets a blocked stage run, or all that are blocked (api-v1.md 3.6): it becomes due at once unless it still needs
 * other stages. What is approved of a pull request needs no second approval when it is built again (scm.md X23). Of two
 * approvals at once one counts. Throws `not-found` and `stage-not-blocked`.
 */
export async function approveStages(deps: ApproveBuildDeps, choice: Approval): Promise<void> {
  const now = deps.now();
  await inTransaction(deps.db, async (tx) => {
    const { build, stages, chosen } = await lockChosen(tx, choice);
    const blocked = choice.stage === undefined ? stages.filter(isBlocked) : chosen;
    if (blocked.length === 0) throw notBlocked('No stage of the build is blocked.');
    blocked.forEach(requireBlocked);
    for (const { id, status, dependsOn } of blocked) {
      const wanted = dependsOn.length === 0 ? 'pending' : 'waiting_on_dependencies';
      await updateStage(tx, id, { status: move('stage', status, wanted) }, now);
    }
    const isWhole = stages.every((stage) => blocked.includes(stage) || !UNAPPROVED.has(stage.status));
    if (isWhole) await noteApproval(tx, build, { userId: choice.userId, now });
    await updateBuild(tx, build.id, { enqueued: now }, { version: build.version });
    await advanceBuild(tx, build.id, now);
  });
  announce(deps);
}

/**
 * Declines a blocked stage, or a build of nothing but blocked ones: the build ends as `declined`, and what is left of
 * it does not run. Throws `not-found` and `stage-not-blocked`, and has changed nothing then.
 */
export async function declineStages(deps: ApproveBuildDeps, choice: StageChoice): Promise<void> {
  const now = deps.now();
  await inTransaction(deps.db, async (tx) => {
    const { build, chosen } = await lockChosen(tx, choice);
    // Drone's page declines all stages of a build at the same time; the first request has ended the others.
    if (build.status === 'declined' && chosen.every(({ status }) => status === 'skipped')) return;
    chosen.forEach(requireBlocked);
    if (chosen.length === 0) throw notBlocked('The build has no stages.');
    for (const { id, status } of chosen) {
      await updateStage(
        tx,
        id,
        { status: move('stage', status, 'declined'), started: now, stopped: now },
        now,
      );
    }
    const { leasedIds } = await stopStages(tx, build.id, now);
    const isCancelling = leasedIds.length > 0;
    await updateBuild(tx, build.id, { isCancelling }, { version: build.version });
    await advanceBuild(tx, build.id, now);
  });
  announce(deps);
}

/** What a stage may be without that anybody has approved it; one that never ran counts too. */
const UNAPPROVED: ReadonlySet<Status> = new Set(['blocked', 'declined', 'killed', 'skipped']);

interface Chosen {
  readonly build: Build;
  readonly stages: readonly LeasedStage[];
  /** The one stage that was named, or all. */
  readonly chosen: readonly LeasedStage[];
}

async function lockChosen(tx: Tx, { buildId, stage }: StageChoice): Promise<Chosen> {
  const build = await lockBuild(tx, buildId);
  if (build === undefined) throw missing('build');
  const stages = await lockStages(tx, buildId);
  const chosen = stage === undefined ? stages : stages.filter(({ number }) => number === stage);
  if (stage !== undefined && chosen.length === 0) throw missing('stage');
  return { build, stages, chosen };
}

function isBlocked(stage: LeasedStage): boolean {
  return stage.status === 'blocked';
}

function requireBlocked(stage: LeasedStage): void {
  if (!isBlocked(stage)) throw notBlocked(`Stage ${stage.number} is ${stage.status}, not blocked.`);
}

function notBlocked(message: string): AppError {
  return new AppError('stage-not-blocked', message, {
    hint: 'Only blocked stages wait for an approval; load the build again to see its stages.',
  });
}

function missing(what: string): AppError {
  return new AppError('not-found', 'Not Found', { hint: `There is no such ${what}.` });
}

function announce({ events, queue }: ApproveBuildDeps): void {
  events.publish();
  queue.stop();
  queue.wake();
}
