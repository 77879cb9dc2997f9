import {
  legacyDeleteBuild,
  legacyDeleteBuildAlias,
  legacyGetBuild,
  legacyGetBuilds,
  legacyGetLatestBuild,
  legacyGetQueue,
  legacyPostBuild,
} from '@sortie/contract/legacy/build-routes';
import { type LegacyBuildWithJobs, toLegacyBuild } from '@sortie/contract/legacy/builds';
import { toLegacyFeedItem } from '@sortie/contract/legacy/feed';
import { toLegacyJob } from '@sortie/contract/legacy/jobs';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { restrictionOf } from '../../auth/token-limits.ts';
import { cancelStage } from '../../services/cancel-stage.ts';
import { rebuildInPlace } from '../../services/rebuild-in-place.ts';
import type { TriggerParts } from '../../services/trigger-deps.ts';
import type { TriggerOutcome } from '../../services/trigger-request.ts';
import { findBuild, listBuilds } from '../../store/builds.ts';
import type { Db } from '../../store/db.ts';
import { findLatestPush, listQueuedBuilds } from '../../store/feed.ts';
import { listStagesWithSteps } from '../build-view.ts';
import { repoOf, userOf } from '../mount.ts';
import { FORK_PARAMETERS, forkBuild } from './fork-build.ts';
import { type LegacyMount, legacyNotFound } from './mount-legacy.ts';
import { readFlag } from './read-flag.ts';

const LIST_LENGTH = 50;
/** What the query of row 15 may hold beside parameters of the build. */
const NO_PARAMETERS: ReadonlySet<string> = new Set([...FORK_PARAMETERS, 'access_token']);

export type LegacyBuildDeps = TriggerParts;

/** Rows 12 to 16: builds. */
export function mountLegacyBuilds(mount: LegacyMount, deps: LegacyBuildDeps): void {
  const { db } = deps;
  mount(legacyGetQueue, async ({ admission }) => {
    const only = restrictionOf(admission.caller);
    const queued = await listQueuedBuilds(db);
    return queued
      .filter(({ repo }) => only === undefined || only.includes(repo.id))
      .map(({ repo, build }) => toLegacyFeedItem(repo, build));
  });
  mount(legacyGetBuilds, async (call) => {
    const repo = repoOf(call);
    const builds = await listBuilds(db, repo.id, { limit: LIST_LENGTH });
    return builds.map((build) => toLegacyBuild(build, repo));
  });
  mount(legacyGetBuild, async (call) => {
    const repo = repoOf(call);
    return withJobs(db, repo, await requireLegacyBuild(db, repo, call.params.number));
  });
  mount(legacyGetLatestBuild, async (call) => {
    const repo = repoOf(call);
    const build = await findLatestPush(db, repo.id, call.query.branch || repo.defaultBranch);
    if (build === undefined) throw new AppError('not-found', 'There is no such build');
    return withJobs(db, repo, build);
  });
  mountChanges(mount, deps);
}

function mountChanges(mount: LegacyMount, deps: LegacyBuildDeps): void {
  mount(legacyPostBuild, async (call) => {
    const repo = repoOf(call);
    const build = await requireLegacyBuild(deps.db, repo, call.params.number);
    const query = call.request.query as Readonly<Record<string, string>>;
    const params = parametersOf(query);
    const { login } = userOf(call);
    const { noteBuild } = call;
    const made = readFlag(query.fork)
      ? requireMade(await forkBuild(deps, { repo, build, login, params, query, within: noteBuild }))
      : await rebuildInPlace(deps, { repo, build, params });
    return toLegacyBuild(made, repo);
  });
  for (const route of [legacyDeleteBuild, legacyDeleteBuildAlias]) {
    mount(route, async (call) => {
      const build = await requireLegacyBuild(deps.db, repoOf(call), call.params.number);
      const outcome = await cancelStage(deps, { buildId: build.id, number: call.params.job });
      if (outcome === 'unknown') throw legacyNotFound();
      if (outcome === 'ended') throw new AppError('invalid-request', 'Cannot cancel a non-running build');
      return undefined;
    });
  }
}

/** The 0.5 API has no answer without a build. */
function requireMade(outcome: TriggerOutcome): Build {
  if (outcome.kind !== 'skipped') return outcome.build;
  throw new AppError(outcome.code, `No build was made: ${outcome.message}.`);
}

/** A build by its number. Throws the bodyless `not-found` of 0.5. */
export async function requireLegacyBuild(db: Db, repo: Repo, number: number): Promise<Build> {
  const build = await findBuild(db, repo.id, number);
  if (build === undefined) throw legacyNotFound();
  return build;
}

async function withJobs(db: Db, repo: Repo, build: Build): Promise<LegacyBuildWithJobs> {
  const stages = await listStagesWithSteps(db, build.id);
  return { ...toLegacyBuild(build, repo), jobs: stages.map((stage) => toLegacyJob(stage, build)) };
}

/** The first value of each other key of the query. */
export function parametersOf(query: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(query).filter(([key]) => !NO_PARAMETERS.has(key)));
}
