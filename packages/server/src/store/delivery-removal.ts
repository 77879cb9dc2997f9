import { sql } from 'kysely';
import type { Db } from './db.ts';

export interface DeliveryRemoval {
  /** Unix seconds; what was created before goes, finished or not. */
  readonly before: number;
  /** Of each repository only so many stay, the newest ones; unfinished ones always do. */
  readonly keep: number;
  /** How many rows one call removes at most. */
  readonly limit: number;
}

/** Removes old deliveries; returns how many. Call it again while that is the limit. */
export async function removeOldDeliveries(db: Db, removal: DeliveryRemoval): Promise<number> {
  const result = await db
    .deleteFrom('deliveries')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('id')
        .where('created', '<', removal.before)
        .orderBy('id')
        .limit(removal.limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows) + (await removeSurplus(db, removal));
}

async function removeSurplus(db: Db, { keep, limit }: DeliveryRemoval): Promise<number> {
  const crowded = await db
    .selectFrom('deliveries')
    .select(['repo_id'])
    .groupBy('repo_id')
    .having((eb) => eb(eb.fn.countAll(), '>', keep))
    .execute();
  let removed = 0;
  for (const { repo_id: repoId } of crowded) {
    const newest = await db
      .selectFrom('deliveries')
      .select('id')
      .where('repo_id', '=', repoId)
      .orderBy('id', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst();
    if (newest === undefined) continue;
    const result = await db
      .deleteFrom('deliveries')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('deliveries')
          .select('id')
          .where('repo_id', '=', repoId)
          .where('id', '<=', newest.id)
          .where(sql<boolean>`verdict <> 'received'`)
          .orderBy('id')
          .limit(limit),
      )
      .executeTakeFirst();
    removed += Number(result.numDeletedRows);
  }
  return removed;
}
