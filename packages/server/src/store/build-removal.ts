import { isDone } from '@sortie/core/status';
import { sql } from 'kysely';
import type { Db, Tx } from './db.ts';

/** What a purge needs to know of a build. */
export interface PurgeableBuild {
  readonly id: number;
  /** It, or a runner that works for it, has not ended. */
  readonly isOpen: boolean;
}

/** The oldest builds of a repository with a number below `before`. */
export async function listBuildsBefore(
  db: Db,
  repoId: number,
  page: { readonly before: number; readonly limit: number },
): Promise<readonly PurgeableBuild[]> {
  const rows = await db
    .selectFrom('builds')
    .select((eb) => [
      'builds.id',
      'builds.status',
      'builds.is_cancelling',
      eb
        .selectFrom('stages')
        .select((stage) => stage.fn.countAll<number>().as('count'))
        .whereRef('stages.build_id', '=', 'builds.id')
        .where((stage) =>
          stage.or([
            stage('stages.lease_runner', '<>', ''),
            stage('stages.status', 'in', ['pending', 'running', 'blocked', 'waiting_on_dependencies']),
          ]),
        )
        .as('open_stages'),
    ])
    .where('builds.repo_id', '=', repoId)
    .where('builds.number', '<', page.before)
    .orderBy('builds.number')
    .limit(page.limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    isOpen: row.is_cancelling === 1 || !isDone(row.status) || Number(row.open_stages) > 0,
  }));
}

/**
 * Builds that have ended before `before`, unix seconds, oldest first, without the newest of each repository and without
 * those that a runner holds.
 */
export async function listBuildsEndedBefore(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly repoId: number }[]> {
  const { rows } = await sql<{ id: number; repoId: number }>`
    select builds.id, builds.repo_id as "repoId" from builds
    where builds.finished > 0 and builds.finished < ${before} and builds.is_cancelling = 0
      and builds.status not in ('pending', 'running', 'blocked', 'waiting_on_dependencies')
      and builds.id < (select max(newer.id) from builds as newer where newer.repo_id = builds.repo_id)
      and not exists (select 1 from stages where stages.build_id = builds.id
        and (stages.lease_runner <> '' or stages.status in ('pending', 'running')))
    order by builds.id limit ${limit}`.execute(db);
  return rows;
}

/**
 * Removes builds with their stages, steps, cards, listing entries and what the database knows of their logs; the
 * log files are the caller's. The numbers stay used.
 */
export async function removeBuilds(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .deleteFrom('builds')
    .where('id', 'in', [...ids])
    .execute();
}

/** Forgets the logs of these steps; the files are the caller's. Absent is fine. */
export async function removeLogRecords(db: Db, stepIds: readonly number[]): Promise<void> {
  if (stepIds.length === 0) return;
  await db
    .deleteFrom('logs')
    .where('step_id', 'in', [...stepIds])
    .execute();
}

/** Ids of the steps with this number in all attempts of a stage. */
export async function listStepIdsOfAttempts(
  db: Db,
  stageId: number,
  number: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('steps')
    .select('id')
    .where('stage_id', '=', stageId)
    .where('number', '=', number)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** True while a runner holds the stage: it may still write into its logs. */
export async function isStageHeld(db: Db, stageId: number): Promise<boolean> {
  const row = await db
    .selectFrom('stages')
    .select('id')
    .where('id', '=', stageId)
    .where(sql<boolean>`lease_runner <> ''`)
    .executeTakeFirst();
  return row !== undefined;
}
