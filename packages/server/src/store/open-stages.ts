import type { Repo } from '@sortie/core/repo';
import { sql } from 'kysely';
import type { Db } from './db.ts';
import { type LeasedStage, toLeasedStage } from './stage-rows.ts';

/** A stage with where it belongs. */
export interface PlacedStage extends LeasedStage {
  readonly repo: Pick<Repo, 'id' | 'slug' | 'visibility'>;
  readonly buildNumber: number;
}

/** Served by the partial index of the queue. */
const IS_OPEN = sql<boolean>`stages.status in ('pending', 'running')`;
const IS_LEASED = sql<boolean>`stages.lease_runner <> ''`;

/** Pending and running stages, oldest first; of one repository when `repoId` is given. */
export async function listOpenStages(
  db: Db,
  options: { readonly repoId?: number } = {},
): Promise<readonly PlacedStage[]> {
  const { repoId } = options;
  const rows = await placedStages(db)
    .where(IS_OPEN)
    .$if(repoId !== undefined, (query) => query.where('stages.repo_id', '=', repoId ?? 0))
    .orderBy('stages.id')
    .execute();
  return rows.map(toPlacedStage);
}

/** Every stage that a runner holds, cancelled ones too until their runner has confirmed; oldest first. */
export async function listLeasedStages(db: Db): Promise<readonly PlacedStage[]> {
  return (await placedStages(db).where(IS_LEASED).orderBy('stages.id').execute()).map(toPlacedStage);
}

/** How many stages each runner holds, by its name. */
export async function countLeases(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('stages')
    .select(['lease_runner', (eb) => eb.fn.countAll<number | string>().as('count')])
    .where(IS_LEASED)
    .groupBy('lease_runner')
    .execute();
  return new Map(rows.map((row) => [row.lease_runner, Number(row.count)]));
}

/** How many stages are pending and how many run. */
export async function countOpenStages(
  db: Db,
): Promise<{ readonly pending: number; readonly running: number }> {
  const rows = await db
    .selectFrom('stages')
    .select(['status', (eb) => eb.fn.countAll<number | string>().as('count')])
    .where(IS_OPEN)
    .groupBy('status')
    .execute();
  const counts = new Map(rows.map((row) => [row.status, Number(row.count)]));
  return { pending: counts.get('pending') ?? 0, running: counts.get('running') ?? 0 };
}

function placedStages(db: Db) {
  return db
    .selectFrom('stages')
    .innerJoin('builds', 'builds.id', 'stages.build_id')
    .innerJoin('repos', 'repos.id', 'stages.repo_id')
    .selectAll('stages')
    .select([
      'builds.number as build_number',
      'repos.slug as repo_slug',
      'repos.visibility as repo_visibility',
    ]);
}

function toPlacedStage(
  row: Awaited<ReturnType<ReturnType<typeof placedStages>['execute']>>[number],
): PlacedStage {
  return {
    ...toLeasedStage(row),
    repo: { id: row.repo_id, slug: row.repo_slug, visibility: row.repo_visibility },
    buildNumber: row.build_number,
  };
}
