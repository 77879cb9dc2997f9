import { toWireBuild, type WireBuild } from '@sortie/contract/builds';
import type { StageWithSteps } from '@sortie/contract/stages';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Caller } from '../auth/identify.ts';
import { loadReach } from '../auth/reach.ts';
import { type ExplainWaitingDeps, explainBuild } from '../queue/explain-waiting.ts';
import { findBuild } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { listStages } from '../store/stages.ts';
import { listStepsOfBuild } from '../store/steps.ts';
import { notFound } from './mount.ts';

/** A build by its number. Throws `not-found`. */
export async function requireBuild(db: Db, repo: Repo, number: number): Promise<Build> {
  const build = await findBuild(db, repo.id, number);
  if (build === undefined) throw notFound('build');
  return build;
}

/** A build with its stages and their steps, as events show it. */
export async function viewBuild(db: Db, build: Build): Promise<WireBuild> {
  return toWireBuild(build, await listStagesWithSteps(db, build.id));
}

export interface ViewDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
}

/** The same with `waiting_for` on every stage that has not begun, told so that `caller` may know it. */
export async function viewBuildFor(deps: ViewDeps, caller: Caller, build: Build): Promise<WireBuild> {
  const stages = await listStagesWithSteps(deps.db, build.id);
  const reasons = await explainBuild(explainDeps(deps, caller), stages);
  if (reasons.size === 0) return toWireBuild(build, stages);
  return toWireBuild(
    build,
    stages.map((stage) => ({ ...stage, waitingFor: reasons.get(stage.id) })),
  );
}

/** What the reasons of waiting stages are computed from for this reader. */
export function explainDeps({ db, now }: ViewDeps, caller: Caller): ExplainWaitingDeps {
  return {
    db,
    now,
    async loadReadable() {
      const reach = await loadReach(db, caller);
      return (repo) => reach.may('repo:read', repo);
    },
  };
}

/** The stages of a build in number order, with the steps of their latest attempts. */
export async function listStagesWithSteps(db: Db, buildId: number): Promise<readonly StageWithSteps[]> {
  const stages = await listStages(db, buildId);
  const steps = Map.groupBy(await listStepsOfBuild(db, buildId), (step) => step.stageId);
  return stages.map((stage) => ({ ...stage, steps: steps.get(stage.id) ?? [] }));
}
