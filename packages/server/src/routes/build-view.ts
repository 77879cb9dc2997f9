import { toWireBuild, type WireBuild } from '@sortie/contract/builds';
import type { StageWithSteps } from '@sortie/contract/stages';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
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

/** A build with its stages and their steps, as single builds and events show it. */
export async function viewBuild(db: Db, build: Build): Promise<WireBuild> {
  return toWireBuild(build, await listStagesWithSteps(db, build.id));
}

async function listStagesWithSteps(db: Db, buildId: number): Promise<readonly StageWithSteps[]> {
  const stages = await listStages(db, buildId);
  const steps = Map.groupBy(await listStepsOfBuild(db, buildId), (step) => step.stageId);
  return stages.map((stage) => ({ ...stage, steps: steps.get(stage.id) ?? [] }));
}
