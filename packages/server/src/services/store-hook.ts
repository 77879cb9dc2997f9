import type { Delivery } from '@sortie/core/delivery';
import type { HookEvent, OpenedWebhook } from '@sortie/scm/hook-event';
import { type Db, inTransaction } from '../store/db.ts';
import {
  forgetDeliveryKeys,
  insertDelivery,
  listDeliveriesOfKeys,
  type NewDelivery,
  reopenDelivery,
} from '../store/deliveries.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { type HookPlace, keysOf, toDeliveries } from './hook-events.ts';

/** Ids of deliveries are remembered for seven days (rulings of the specification). */
export const REMEMBER_SECONDS = 7 * 86_400;

/** What came before under the same id. */
export async function findEarlier(
  db: Db,
  { deliveryId }: Pick<OpenedWebhook, 'deliveryId'>,
  { repoId, created, count }: { readonly repoId: number; readonly created: number; readonly count: number },
): Promise<readonly Delivery[]> {
  if (deliveryId === '') return [];
  const stored = await listDeliveriesOfKeys(db, repoId, keysOf(deliveryId, count));
  return stored.filter((delivery) => delivery.created >= created - REMEMBER_SECONDS);
}

/**
 * Stores one delivery for each event before anything is done about them. `undefined` when the same webhook has been
 * stored before.
 */
export async function storeHook(
  db: Db,
  opened: Pick<OpenedWebhook, 'event' | 'deliveryId'>,
  events: readonly HookEvent[],
  place: HookPlace,
): Promise<readonly Delivery[] | undefined> {
  const rows = toDeliveries(opened, events, place);
  const stored = await insertAll(db, rows);
  if (stored !== undefined) return stored;
  const before = place.created - REMEMBER_SECONDS;
  await forgetDeliveryKeys(db, place.repoId, { keys: rows.map(({ key }) => key), before });
  return insertAll(db, rows);
}

/** All or none; `undefined` when a key is taken. A single one needs no transaction. */
async function insertAll(db: Db, rows: readonly NewDelivery[]): Promise<readonly Delivery[] | undefined> {
  try {
    const [only, ...others] = rows;
    if (only !== undefined && others.length === 0) return [await insertDelivery(db, only)];
    return await inTransaction(db, async (tx) => {
      const stored: Delivery[] = [];
      for (const row of rows) stored.push(await insertDelivery(tx, row));
      return stored;
    });
  } catch (error) {
    if (isDuplicateKey(error)) return undefined;
    throw error;
  }
}

/** Those of earlier deliveries that failed and are now to be processed again. */
export async function reopenFailed(
  db: Db,
  earlier: readonly Delivery[],
  claimedUntilMs: number,
): Promise<readonly Delivery[]> {
  const reopened: Delivery[] = [];
  for (const delivery of earlier.filter(({ verdict }) => verdict === 'failed')) {
    const ours = { ...delivery, verdict: 'received', claimedUntilMs } as const;
    if (await reopenDelivery(db, ours)) reopened.push(ours);
  }
  return reopened;
}
