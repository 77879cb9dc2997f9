import type { Status } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { type Selectable, sql } from 'kysely';
import { parseStrings, toFlag, toJson } from './columns.ts';
import type { Db, Tx } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import type { StepsTable } from './tables-builds.ts';

export type NewStep = Pick<Step, 'number' | 'name' | 'image' | 'dependsOn' | 'isDetached' | 'errIgnore'>;
export type StepPatch = Partial<
  Pick<Step, 'status' | 'error' | 'exitCode' | 'reason' | 'started' | 'stopped' | 'schema'>
>;

/** Keeps one statement below the parameter limits of both databases. */
const ROWS_PER_INSERT = 100;

/** Writes the steps of one attempt as pending, in order. Fails with a duplicate key on the second time. */
export async function insertSteps(
  tx: Tx,
  stage: { readonly id: number; readonly attempt: number },
  drafts: readonly NewStep[],
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (let from = 0; from < drafts.length; from += ROWS_PER_INSERT) {
    const values = drafts.slice(from, from + ROWS_PER_INSERT).map((draft) => ({
      stage_id: stage.id,
      attempt: stage.attempt,
      number: draft.number,
      name: draft.name,
      image: draft.image,
      depends_on: toJson(draft.dependsOn),
      is_detached: toFlag(draft.isDetached),
      err_ignore: toFlag(draft.errIgnore),
    }));
    const rows = await tx.insertInto('steps').values(values).returningAll().execute();
    steps.push(...rows.map(toStep));
  }
  return steps.sort((left, right) => left.number - right.number);
}

/** The steps of the latest attempt of a stage, in number order. */
export async function listSteps(db: Db, stageId: number): Promise<readonly Step[]> {
  const rows = await db
    .selectFrom('steps')
    .innerJoin('stages', (join) =>
      join.onRef('stages.id', '=', 'steps.stage_id').onRef('stages.attempt', '=', 'steps.attempt'),
    )
    .selectAll('steps')
    .where('steps.stage_id', '=', stageId)
    .orderBy('steps.number')
    .execute();
  return rows.map(toStep);
}

const selectStepsOfBuild = prepared((db, value: ValueOf<{ buildId: number }>) =>
  db
    .selectFrom('stages')
    .innerJoin('steps', (join) =>
      join.onRef('stages.id', '=', 'steps.stage_id').onRef('stages.attempt', '=', 'steps.attempt'),
    )
    .selectAll('steps')
    .where('stages.build_id', '=', value('buildId'))
    .orderBy('stages.number')
    .orderBy('steps.number'),
);

/** The steps of the latest attempts of all stages of a build, by stage number and step number. */
export async function listStepsOfBuild(db: Db, buildId: number): Promise<readonly Step[]> {
  return (await selectStepsOfBuild(db, { buildId })).map(toStep);
}

/** By number, in the latest attempt. */
export async function findStep(db: Db, stageId: number, number: number): Promise<Step | undefined> {
  const row = await db
    .selectFrom('steps')
    .innerJoin('stages', (join) =>
      join.onRef('stages.id', '=', 'steps.stage_id').onRef('stages.attempt', '=', 'steps.attempt'),
    )
    .selectAll('steps')
    .where('steps.stage_id', '=', stageId)
    .where('steps.number', '=', number)
    .executeTakeFirst();
  return row && toStep(row);
}

export async function findStepById(db: Db, id: number): Promise<Step | undefined> {
  const row = await db.selectFrom('steps').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toStep(row);
}

/** Changes a step that still has the status `from`, and counts its version up. False when it has moved on. */
export async function updateStep(tx: Tx, id: number, from: Status, patch: StepPatch): Promise<boolean> {
  const result = await tx
    .updateTable('steps')
    .set({
      status: patch.status,
      error: patch.error,
      exit_code: patch.exitCode,
      reason: patch.reason,
      started: patch.started,
      stopped: patch.stopped,
      schema: patch.schema,
      version: sql`version + 1`,
    })
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Counts the versions of steps up that change in nothing else: Drone writes every step that a final report names. */
export async function touchSteps(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('steps')
    .set({ version: sql`version + 1` })
    .where('id', 'in', [...ids])
    .execute();
}

function toStep(row: Selectable<StepsTable>): Step {
  return {
    id: row.id,
    stageId: row.stage_id,
    number: row.number,
    attempt: row.attempt,
    name: row.name,
    status: row.status,
    error: row.error,
    errIgnore: row.err_ignore === 1,
    exitCode: row.exit_code,
    reason: row.reason,
    dependsOn: parseStrings(row.depends_on),
    image: row.image,
    isDetached: row.is_detached === 1,
    schema: row.schema,
    started: row.started,
    stopped: row.stopped,
    version: row.version,
  };
}
