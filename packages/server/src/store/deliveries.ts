import type { Delivery } from '@sortie/core/delivery';
import { type Insertable, type Selectable, sql } from 'kysely';
import { parseStringMap } from './columns.ts';
import type { Db } from './db.ts';
import type { DeliveriesTable } from './tables-repos.ts';

type Stored = 'repoId' | 'event' | 'key' | 'ref' | 'before' | 'after' | 'sender' | 'payload' | 'created';
type Optional =
  | 'verdict'
  | 'reason'
  | 'message'
  | 'buildId'
  | 'finished'
  | 'headers'
  | 'claimedUntilMs'
  | 'redeliveryOf';
/** What is left out is as of a push that nobody works on yet. */
export type NewDelivery = Pick<Delivery, Stored> & Partial<Pick<Delivery, Optional>>;
export type DeliveryOutcome = Pick<Delivery, 'verdict' | 'reason' | 'message' | 'buildId' | 'finished'>;

const IS_RECEIVED = sql<boolean>`verdict = 'received'`;

/** Stores what arrived. Fails with a duplicate key (`isDuplicateKey`) when it came before. */
export async function insertDelivery(db: Db, delivery: NewDelivery): Promise<Delivery> {
  return toDelivery(
    await db.insertInto('deliveries').values(toColumns(delivery)).returningAll().executeTakeFirstOrThrow(),
  );
}

export async function findDelivery(db: Db, repoId: number, id: number): Promise<Delivery | undefined> {
  const row = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('id', '=', id)
    .where('repo_id', '=', repoId)
    .executeTakeFirst();
  return row && toDelivery(row);
}

export async function findDeliveryByKey(db: Db, repoId: number, key: string): Promise<Delivery | undefined> {
  const [delivery] = await listDeliveriesOfKeys(db, repoId, [key]);
  return delivery;
}

/** The deliveries with these keys, as they were stored. */
export async function listDeliveriesOfKeys(
  db: Db,
  repoId: number,
  keys: readonly string[],
): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('key', 'in', [...keys])
    .orderBy('id')
    .execute();
  return rows.map(toDelivery);
}

/** Writes the verdict. May run in the transaction that creates the build, so that both exist or neither. */
export async function finishDelivery(db: Db, id: number, outcome: DeliveryOutcome): Promise<void> {
  await db.updateTable('deliveries').set(toColumns(outcome)).where('id', '=', id).execute();
}

/** As `finishDelivery`, but once only: false when somebody else has finished it before. */
export async function settleDelivery(db: Db, id: number, outcome: DeliveryOutcome): Promise<boolean> {
  const result = await db
    .updateTable('deliveries')
    .set(toColumns(outcome))
    .where('id', '=', id)
    .where(IS_RECEIVED)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** A delivery that failed came again and is unfinished anew. False when somebody else was faster. */
export async function reopenDelivery(
  db: Db,
  { id, claimedUntilMs }: Pick<Delivery, 'id' | 'claimedUntilMs'>,
): Promise<boolean> {
  const outcome = { verdict: 'received', reason: '', message: '', finished: 0, claimedUntilMs } as const;
  const result = await db
    .updateTable('deliveries')
    .set(toColumns(outcome))
    .where('id', '=', id)
    .where('verdict', '=', 'failed')
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** What a repository has received and never finished, oldest first: the work that a crash interrupted. */
export async function listUnfinishedDeliveries(db: Db, repoId: number): Promise<readonly Delivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where(IS_RECEIVED)
    .orderBy('id')
    .execute();
  return rows.map(toDelivery);
}

/** Newest first. */
export async function listDeliveries(
  db: Db,
  repoId: number,
  { limit = 50 }: { readonly limit?: number } = {},
): Promise<readonly Delivery[]> {
  const listed = await listDeliveryPage(db, repoId, { page: 1, perPage: limit });
  return listed.map(({ delivery }) => delivery);
}

/** `buildNumber` is 0 without a build, and when it has been removed. */
export type ListedDelivery = { readonly delivery: Delivery; readonly buildNumber: number };

/** One page, newest first. */
export async function listDeliveryPage(
  db: Db,
  repoId: number,
  page: { readonly page: number; readonly perPage: number },
): Promise<readonly ListedDelivery[]> {
  const rows = await db
    .selectFrom('deliveries')
    .leftJoin('builds', 'builds.id', 'deliveries.build_id')
    .selectAll('deliveries')
    .select('builds.number as build_number')
    .where('deliveries.repo_id', '=', repoId)
    .orderBy('deliveries.id', 'desc')
    .limit(page.perPage)
    .offset((page.page - 1) * page.perPage)
    .execute();
  return rows.map((row) => ({ delivery: toDelivery(row), buildNumber: row.build_number ?? 0 }));
}

/** Makes room for keys that are not remembered any more. */
export async function forgetDeliveryKeys(
  db: Db,
  repoId: number,
  { keys, before }: { readonly keys: readonly string[]; readonly before: number },
): Promise<void> {
  await db
    .deleteFrom('deliveries')
    .where('repo_id', '=', repoId)
    .where('key', 'in', [...keys])
    .where('created', '<', before)
    .execute();
}

function toColumns(delivery: Partial<Omit<Delivery, 'id'>>): Insertable<DeliveriesTable> {
  const { repoId, buildId, claimedUntilMs, redeliveryOf, headers, ...columns } = delivery;
  return {
    ...columns,
    repo_id: repoId,
    build_id: buildId,
    claimed_until_ms: claimedUntilMs,
    redelivery_of: redeliveryOf,
    headers: headers && JSON.stringify(headers),
  };
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
    headers: parseStringMap(row.headers),
    claimedUntilMs: row.claimed_until_ms,
    redeliveryOf: row.redelivery_of,
  };
}

/** Whether a later delivery tells that the ref has left the commit at which this one found it. */
export async function hasMovedAway(
  db: Db,
  { id, repoId, ref, after }: Pick<Delivery, 'id' | 'repoId' | 'ref' | 'after'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('deliveries')
    .select('id')
    .where('repo_id', '=', repoId)
    .where('id', '>', id)
    .where('ref', '=', ref)
    .where('before', '=', after)
    .where('after', '<>', after)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
