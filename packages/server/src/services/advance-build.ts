import type { Build } from '@sortie/core/build';
import { buildOutcome, isDone, move, releaseStages, type Status } from '@sortie/core/status';
import { lockBuild, updateBuild } from '../store/builds.ts';
import type { Tx } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { lockStages, updateStage } from '../store/stages.ts';
import { insertPipelinesIntent, insertStatusIntent, insertWebhookIntent } from './build-intents.ts';

export interface Advanced {
  /** True when this very call ended the build. */
  readonly isFinished: boolean;
  /** True when stages became due: wake the queue after the commit. */
  readonly isWorkDue: boolean;
  /** True when an event was appended: publish after the commit. */
  readonly hasEvent: boolean;
}

const NOTHING: Advanced = { isFinished: false, isWorkDue: false, hasEvent: false };

/**
 * Draws every consequence of a change to a build: waiting stages are released or skipped, the build starts, ends,
 * or is no longer cancelling; event and outbox intents are written. Run after *every* change, in its transaction
 * and last in it. `now` is unix seconds. `isProbe` looks without a change having been made, so that an event is
 * written only when there was something to do. `isOfStep` says that no stage has changed by itself.
 */
export async function advanceBuild(
  tx: Tx,
  buildId: number,
  now: number,
  options: { readonly isProbe?: boolean; readonly isOfStep?: boolean } = {},
): Promise<Advanced> {
  const build = await lockBuild(tx, buildId);
  if (build === undefined) return NOTHING;
  const before = await lockStages(tx, buildId);
  const { stages, released } = await release(tx, before, now);
  const after = await settle(tx, build, stages, now);
  const isFinished = !isDone(build.status) && isDone(after.status);
  const hasEvent = options.isProbe !== true || released > 0 || after !== build;
  const hasStageChange = released > 0 || (hasEvent && options.isOfStep !== true);
  if (after.status !== build.status) await insertStatusIntent(tx, after, now);
  else if (hasStageChange && !isDone(after.status)) await insertPipelinesIntent(tx, after, now);
  if (isFinished) await insertWebhookIntent(tx, after, 'updated', now);
  if (hasEvent) {
    const change = isFinished ? 'finished' : 'updated';
    await appendEvent(tx, { repoId: build.repoId, buildId, change, created: now });
  }
  return { isFinished, hasEvent, isWorkDue: stages.some((stage) => stage.status === 'pending') };
}

async function release(
  tx: Tx,
  stages: readonly LeasedStage[],
  now: number,
): Promise<{ stages: readonly LeasedStage[]; released: number }> {
  const releases = new Map(releaseStages(stages).map(({ number, status }) => [number, status]));
  const after: LeasedStage[] = [];
  for (const stage of stages) {
    const status = releases.get(stage.number);
    if (status !== undefined) {
      const ended = status === 'skipped' ? { started: now, stopped: now } : {};
      await updateStage(tx, stage.id, { status: move('stage', stage.status, status), ...ended }, now);
    }
    after.push(status === undefined ? stage : { ...stage, status });
  }
  return { stages: after, released: releases.size };
}

/** Brings the build's own row in line with its stages; returns the same object when it is. */
async function settle(tx: Tx, build: Build, stages: readonly LeasedStage[], now: number): Promise<Build> {
  const isCancelling = build.isCancelling && stages.some((stage) => stage.leaseRunner !== '');
  const status = isDone(build.status) ? build.status : statusOf(build.status, stages);
  if (status === build.status && isCancelling === build.isCancelling) return build;
  const { version } = build;
  if (status === build.status) return updateBuild(tx, build.id, { isCancelling }, { version });
  const started = build.started === 0 ? { started: now } : {};
  const times = isDone(status) ? { ...started, finished: now } : { ...started, updated: now };
  const moved = move('build', build.status, status);
  return updateBuild(tx, build.id, { status: moved, isCancelling, ...times }, { version });
}

function statusOf(current: Status, stages: readonly LeasedStage[]): Status {
  if (stages.length === 0) return current;
  const outcome = buildOutcome(stages);
  if (outcome !== undefined) return outcome;
  return current === 'pending' && stages.some((stage) => stage.status === 'running') ? 'running' : current;
}
