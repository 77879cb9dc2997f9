import type { Platform } from '@sortie/core/plan';
import { sql } from 'kysely';
import type { Db } from './db.ts';

/** How many stages of one platform are open. */
export interface PlatformCount extends Platform {
  readonly status: 'pending' | 'running';
  readonly stages: number;
}

export interface StoreCounts {
  /** All accounts, deactivated ones too. */
  readonly users: number;
  readonly activeRepos: number;
  readonly builds: number;
  /** Builds with at least one pending, or running, stage. */
  readonly pendingBuilds: number;
  readonly runningBuilds: number;
  readonly platforms: readonly PlatformCount[];
}

/** Counts what is there. */
export async function readStoreCounts(db: Db): Promise<StoreCounts> {
  const users = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const repos = await db
    .selectFrom('repos')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('is_active', '=', 1)
    .executeTakeFirstOrThrow();
  const builds = await db
    .selectFrom('builds')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const stages = await listOpenStages(db);
  return {
    users: Number(users.count),
    activeRepos: Number(repos.count),
    builds: Number(builds.count),
    pendingBuilds: countBuilds(stages, 'pending'),
    runningBuilds: countBuilds(stages, 'running'),
    platforms: countPlatforms(stages),
  };
}

interface OpenStage extends Platform {
  readonly buildId: number;
  readonly status: 'pending' | 'running';
}

/**
 * Served by the partial index of the queue, and grouped here: asked to count by build, SQLite would rather walk
 * through the stages of all builds there have ever been.
 */
async function listOpenStages(db: Db): Promise<readonly OpenStage[]> {
  const rows = await db
    .selectFrom('stages')
    .select(['build_id', 'status', 'os', 'arch', 'variant', 'os_version'])
    .where(sql<boolean>`status in ('pending', 'running')`)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    buildId: row.build_id,
    status: row.status === 'running' ? 'running' : 'pending',
    os: row.os,
    arch: row.arch,
    variant: row.variant,
    version: row.os_version,
  }));
}

function countBuilds(stages: readonly OpenStage[], status: OpenStage['status']): number {
  return new Set(stages.filter((stage) => stage.status === status).map((stage) => stage.buildId)).size;
}

function countPlatforms(stages: readonly OpenStage[]): readonly PlatformCount[] {
  const groups = Map.groupBy(stages, ({ status, os, arch, variant, version }) =>
    JSON.stringify([status, os, arch, variant, version]),
  );
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({ buildId: _, ...platform }) => ({ ...platform, stages: group.length })),
  );
}
