import { sql } from 'kysely';
import type { Db, Tx } from './db.ts';

/** The card of a step as JSON text. */
export async function findCard(db: Db, stepId: number): Promise<string | undefined> {
  const row = await db.selectFrom('cards').select('data').where('step_id', '=', stepId).executeTakeFirst();
  return row?.data;
}

/** Writes or replaces the card of a step and notes its schema there. False when the step is gone. */
export async function upsertCard(
  tx: Tx,
  card: { readonly stepId: number; readonly schema: string; readonly data: string },
): Promise<boolean> {
  if (!(await noteSchema(tx, card.stepId, card.schema))) return false;
  await tx
    .insertInto('cards')
    .values({ step_id: card.stepId, data: card.data })
    .onConflict((conflict) => conflict.column('step_id').doUpdateSet({ data: card.data }))
    .execute();
  return true;
}

/** False when the step has no card. */
export async function removeCard(tx: Tx, stepId: number): Promise<boolean> {
  const result = await tx.deleteFrom('cards').where('step_id', '=', stepId).executeTakeFirst();
  if (result.numDeletedRows === 0n) return false;
  await noteSchema(tx, stepId, '');
  return true;
}

async function noteSchema(tx: Tx, stepId: number, schema: string): Promise<boolean> {
  const result = await tx
    .updateTable('steps')
    .set({ schema, version: sql`version + 1` })
    .where('id', '=', stepId)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Writes or replaces the data of a card; the step stays as it is. Nothing happens when the step is gone. */
export async function putCardData(
  db: Db,
  card: { readonly stepId: number; readonly data: string },
): Promise<void> {
  await db
    .insertInto('cards')
    .columns(['step_id', 'data'])
    .expression((eb) =>
      eb
        .selectFrom('steps')
        .select(['steps.id', sql<string>`${card.data}`.as('data')])
        .where('steps.id', '=', card.stepId),
    )
    .onConflict((conflict) => conflict.column('step_id').doUpdateSet({ data: card.data }))
    .execute();
}
