import { toLegacyBuild } from '@sortie/contract/legacy/builds';
import { type LegacyJob, NO_JOB, toLegacyJob } from '@sortie/contract/legacy/jobs';
import { toLegacyRepo } from '@sortie/contract/legacy/repos';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { isDone } from '@sortie/core/status';
import type { EventHub } from '../../events/hub.ts';
import { findBuildById } from '../../store/builds.ts';
import type { Db } from '../../store/db.ts';
import { lastSeq } from '../../store/events.ts';
import { findNewestBuildId } from '../../store/feed.ts';
import { findRepoById } from '../../store/repos.ts';
import { listStagesWithSteps } from '../build-view.ts';

export interface LiveFeedDeps {
  readonly db: Db;
  readonly events: EventHub;
  readonly canSee: (repo: Repo) => Promise<boolean>;
}

/** How far a build was when it was last looked at. */
interface KnownBuild {
  readonly enqueued: number;
  /** Jobs that have begun or ended in this run, by number. */
  readonly jobs: ReadonlyMap<number, 'started' | 'finished'>;
}

type StagesWithSteps = Awaited<ReturnType<typeof listStagesWithSteps>>;

/** Where a reader began. */
export interface FeedStart {
  /** Position in the event log. */
  readonly afterSeq: number;
  /** Builds with greater ids are new to it. */
  readonly newestId: number;
  /** Unix seconds. */
  readonly second: number;
}

/** The present: to be read before the reader is told that it is connected. */
export async function startFeed(db: Db, now: () => number): Promise<FeedStart> {
  return { afterSeq: await lastSeq(db), newestId: await findNewestBuildId(db), second: now() };
}

/**
 * Yields the events of 0.5 as JSON (api-legacy.md 3.13): `enqueued` once for each run of a build, then `started` and
 * `finished` of each job. Nothing is replayed. What each one says follows from how the build differs from before.
 */
export async function* legacyEvents(
  deps: LiveFeedDeps,
  start: FeedStart,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { db } = deps;
  const { afterSeq } = start;
  const known = new Map<number, KnownBuild>();
  for await (const event of deps.events.subscribe({ afterSeq, isNewestEnough: true, signal })) {
    const build = await findBuildById(db, event.buildId);
    const repo = build && (await findRepoById(db, build.repoId));
    if (build === undefined || repo === undefined) continue;
    const stages = await listStagesWithSteps(db, build.id);
    const now = stateOf(build, stages);
    const before = known.get(build.id) ?? stateAtStart(start, build, stages);
    if (isDone(build.status)) known.delete(build.id);
    else known.set(build.id, now);
    if (!(await deps.canSee(repo))) continue;
    const frame = (type: string, job: LegacyJob) =>
      JSON.stringify({ type, repo: toLegacyRepo(repo), build: toLegacyBuild(build, repo), job });
    if (before?.enqueued !== now.enqueued) yield frame('enqueued', NO_JOB);
    const old = before?.enqueued === now.enqueued ? before.jobs : new Map<number, string>();
    for (const stage of stages) {
      for (const type of movesOf(old.get(stage.number), now.jobs.get(stage.number))) {
        yield frame(type, toLegacyJob(stage, build));
      }
    }
  }
}

/**
 * How a build was when the reader began, told by its times: nothing is loaded for builds that do not change.
 * `undefined` for builds that are newer.
 */
function stateAtStart(start: FeedStart, build: Build, stages: StagesWithSteps): KnownBuild | undefined {
  if (build.id > start.newestId) return undefined;
  const jobs = new Map<number, 'started' | 'finished'>();
  for (const { number, status, started, updated } of stages) {
    // Runners tell the other times, by clocks of their own.
    if (isDone(status) && updated < start.second) jobs.set(number, 'finished');
    else if (started !== 0 && started < start.second) jobs.set(number, 'started');
  }
  const isEnqueuedAgain = build.enqueued !== build.created && build.enqueued >= start.second;
  return { enqueued: isEnqueuedAgain ? 0 : build.enqueued, jobs };
}

function stateOf(build: Build, stages: StagesWithSteps): KnownBuild {
  const begun = stages.filter(({ status }) => status === 'running' || isDone(status));
  return {
    enqueued: build.enqueued,
    jobs: new Map(begun.map(({ number, status }) => [number, isDone(status) ? 'finished' : 'started'])),
  };
}

/** A job that was seen neither waiting nor running has done both. */
function movesOf(before: string | undefined, now: 'started' | 'finished' | undefined): readonly string[] {
  if (now === undefined || now === before) return [];
  return before === undefined && now === 'finished' ? ['started', 'finished'] : [now];
}
