import type { Delivery } from '@sortie/core/delivery';
import { sql } from 'kysely';
import type { Db } from './db.ts';

/** How long a delivery is worked on, as it was last seen. */
export type DeliveryClaim = Pick<Delivery, 'id' | 'claimedUntilMs'>;

const IDS_AT_ONCE = 500;
const IS_RECEIVED = sql<boolean>`verdict = 'received'`;

/** Takes an unfinished delivery over whose claim has run out. Of two at once one wins. */
export async function claimDelivery(db: Db, claim: DeliveryClaim, untilMs: number): Promise<boolean> {
  const result = await db
    .updateTable('deliveries')
    .set({ claimed_until_ms: untilMs })
    .where('id', '=', claim.id)
    .where('claimed_until_ms', '=', claim.claimedUntilMs)
    .where(IS_RECEIVED)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Whoever works on these goes on doing so. */
export async function renewClaims(db: Db, ids: readonly number[], untilMs: number): Promise<void> {
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    await db
      .updateTable('deliveries')
      .set({ claimed_until_ms: untilMs })
      .where('id', 'in', ids.slice(at, at + IDS_AT_ONCE))
      .where(IS_RECEIVED)
      .execute();
  }
}

export type DueDelivery = Pick<Delivery, 'id' | 'repoId' | 'claimedUntilMs'>;

/** Unfinished deliveries of these connections whose claims have run out, oldest first. */
export async function listDueDeliveries(
  db: Db,
  due: {
    readonly nowMs: number;
    readonly connectionIds: readonly number[];
    readonly after: number;
    readonly limit: number;
  },
): Promise<readonly DueDelivery[]> {
  if (due.connectionIds.length === 0) return [];
  const rows = await db
    .selectFrom('deliveries')
    .select(['id', 'repo_id', 'claimed_until_ms'])
    .where(IS_RECEIVED)
    .where('claimed_until_ms', '<=', due.nowMs)
    .where('id', '>', due.after)
    .where('repo_id', 'in', (eb) =>
      eb
        .selectFrom('repos')
        .select('repos.id')
        .where('connection_id', 'in', [...due.connectionIds]),
    )
    .orderBy('id')
    .limit(due.limit)
    .execute();
  return rows.map((row) => ({ id: row.id, repoId: row.repo_id, claimedUntilMs: row.claimed_until_ms }));
}

/** Whoever worked on them is gone. For databases that one server has for itself, at its start. */
export async function freeDeliveries(db: Db): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ claimed_until_ms: 0 })
    .where(IS_RECEIVED)
    .where('claimed_until_ms', '>', 0)
    .execute();
}
