import type { Build } from '@sortie/core/build';
import type { Stage } from '@sortie/core/stage';
import { sql } from 'kysely';
import { type Db, locksRows, type Tx } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import { type LeasedStage, toLeasedStage, toStage, toStageColumns } from './stage-rows.ts';

/** What a trigger knows of a stage; the rest starts empty. */
export type StageDraft = Pick<
  Stage,
  | 'number'
  | 'name'
  | 'kind'
  | 'type'
  | 'status'
  | 'errIgnore'
  | 'platform'
  | 'limit'
  | 'throttle'
  | 'onSuccess'
  | 'onFailure'
  | 'dependsOn'
  | 'labels'
> &
  Pick<Stage, 'limitGroup'>;
export type StagePatch = Partial<
  Pick<Stage, 'attempt' | 'status' | 'error' | 'exitCode' | 'machine' | 'started' | 'stopped'>
>;

/** Keeps one statement below the parameter limits of both databases. */
const ROWS_PER_INSERT = 100;

/** Writes the stages of a build and returns them in number order. */
export async function insertStages(
  tx: Tx,
  build: Build,
  drafts: readonly StageDraft[],
): Promise<readonly Stage[]> {
  const stages: Stage[] = [];
  for (let from = 0; from < drafts.length; from += ROWS_PER_INSERT) {
    const values = drafts.slice(from, from + ROWS_PER_INSERT).map((draft) => ({
      ...toStageColumns(draft),
      repo_id: build.repoId,
      build_id: build.id,
      created: build.created,
      updated: build.created,
    }));
    const rows = await tx.insertInto('stages').values(values).returningAll().execute();
    stages.push(...rows.map(toStage));
  }
  return stages.sort((left, right) => left.number - right.number);
}

const selectStages = prepared((db, value: ValueOf<{ buildId: number }>) =>
  db.selectFrom('stages').selectAll().where('build_id', '=', value('buildId')).orderBy('number'),
);

/** In number order. */
export async function listStages(db: Db, buildId: number): Promise<readonly Stage[]> {
  return (await selectStages(db, { buildId })).map(toStage);
}

/** In number order, with their leases; nobody leases or changes one of them until the transaction ends. */
export async function lockStages(tx: Tx, buildId: number): Promise<readonly LeasedStage[]> {
  const rows = await tx
    .selectFrom('stages')
    .selectAll()
    .where('build_id', '=', buildId)
    .orderBy('number')
    .$if(locksRows(tx), (query) => query.forUpdate())
    .execute();
  return rows.map(toLeasedStage);
}

export async function findStage(db: Db, buildId: number, number: number): Promise<Stage | undefined> {
  const row = await db
    .selectFrom('stages')
    .selectAll()
    .where('build_id', '=', buildId)
    .where('number', '=', number)
    .executeTakeFirst();
  return row && toStage(row);
}

export async function findStageById(db: Db, id: number): Promise<LeasedStage | undefined> {
  const row = await db.selectFrom('stages').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toLeasedStage(row);
}

/** Like `findStageById`, and nobody else leases, offers or changes the stage until the transaction ends. */
export async function lockStage(tx: Tx, id: number): Promise<LeasedStage | undefined> {
  const row = await tx
    .selectFrom('stages')
    .selectAll()
    .where('id', '=', id)
    .$if(locksRows(tx), (query) => query.forUpdate())
    .executeTakeFirst();
  return row && toLeasedStage(row);
}

/** Changes a stage and counts its version up. `updated` is unix seconds. */
export async function updateStage(tx: Tx, id: number, patch: StagePatch, updated: number): Promise<void> {
  await tx
    .updateTable('stages')
    .set({ ...toStageColumns(patch), updated, version: sql`version + 1` })
    .where('id', '=', id)
    .execute();
}
