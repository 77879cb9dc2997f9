import type { Delivery } from '@sortie/core/delivery';
import { type Selectable, sql } from 'kysely';
import type { Db } from './db.ts';
import type { DeliveriesTable } from './schema.ts';

export type NewDelivery = Pick<
  Delivery,
  'repoId' | 'event' | 'key' | 'ref' | 'before' | 'after' | 'sender' | 'payload' | 'created'
>;
export type DeliveryOutcome = Pick<Delivery, 'verdict' | 'reason' | 'message' | 'buildId' | 'finished'>;

/** Stores what arrived as `received`. Fails with a duplicate key (`isDuplicateKey`) when it came before. */
export async function insertDelivery(db: Db, delivery: NewDelivery): Promise<Delivery> {
  const { repoId, ...columns } = delivery;
  return toDelivery(
    await db
      .insertInto('deliveries')
      .values({ ...columns, repo_id: repoId })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

export async function findDeliveryByKey(db: Db, repoId: number, key: string): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('key', '=', key)
    .executeTakeFirst();
  return row && toDelivery(row);
}

/** Writes the verdict. May run in the transaction that creates the build, so that both exist or neither. */
export async function finishDelivery(db: Db, id: number, outcome: DeliveryOutcome): Promise<void> {
  const { buildId, ...columns } = outcome;
  await db
    .updateTable('deliveries')
    .set({ ...columns, build_id: buildId })
    .where('id', '=', id)
    .execute();
}

/** What a repository has received and never finished, oldest first: the work that a crash interrupted. */
export async function listUnfinishedDeliveries(db: Db, repoId: number): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where(sql<boolean>`verdict = 'received'`)
    .orderBy('id')
    .execute();
  return rows.map(toDelivery);
}

/** Newest first; `before` is the last id of the page before. */
export async function listDeliveries(
  db: Db,
  repoId: number,
  page: { readonly before?: number; readonly limit?: number } = {},
): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('id', '<', page.before ?? Number.MAX_SAFE_INTEGER)
    .orderBy('id', 'desc')
    .limit(page.limit ?? 50)
    .execute();
  return rows.map(toDelivery);
}

function toDelivery(row: Selectable<DeliveriesTable>): Delivery {
  return {
    id: row.id,
    repoId: row.repo_id,
    event: row.event,
    key: row.key,
    ref: row.ref,
    before: row.before,
    after: row.after,
    sender: row.sender,
    payload: row.payload,
    verdict: row.verdict,
    reason: row.reason,
    message: row.message,
    buildId: row.build_id,
    created: row.created,
    finished: row.finished,
  };
}
