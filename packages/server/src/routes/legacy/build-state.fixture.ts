import type { Status } from '@sortie/core/status';
import { findBuild } from '../../store/builds.ts';
import { listStages } from '../../store/stages.ts';
import type { LegacyWorld } from './legacy-world.fixture.ts';

/** The statuses of the stages of a build of `demo`, in number order. */
export async function stageStatuses(world: LegacyWorld, number: number): Promise<readonly Status[]> {
  const build = await findBuild(world.db, world.demo.id, number);
  const stages = await listStages(world.db, build?.id ?? 0);
  return stages.map(({ status }) => status);
}
