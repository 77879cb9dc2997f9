import { randomUUID } from 'node:crypto';
import type { Delivery } from '@sortie/core/delivery';
import { AppError } from '@sortie/core/errors';
import type { Db } from '../store/db.ts';
import { findDelivery, insertDelivery } from '../store/deliveries.ts';
import { eventOf } from './hook-events.ts';
import type { DeliveryWorker } from './work-off-deliveries.ts';

export interface RedeliverDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly worker: DeliveryWorker;
}

/**
 * Has a stored webhook processed again, as a delivery of its own. Returns it once it is settled. Throws `illegal-move`
 * while the first one is being worked on, `event-ignored` when nothing could follow from it.
 */
export async function redeliver({ db, now, worker }: RedeliverDeps, first: Delivery): Promise<Delivery> {
  if (first.verdict === 'received') {
    throw new AppError('illegal-move', 'The delivery is still being worked on.', {
      hint: 'Wait for its verdict.',
    });
  }
  const event = eventOf(first);
  if (event === undefined || event.kind === 'ignored') {
    throw new AppError('event-ignored', 'Nothing can follow from this delivery.', {
      hint: 'To build a branch or tag, start a build of it.',
    });
  }
  const { repoId, event: name, ref, before, after, sender, payload, headers } = first;
  const delivery = await insertDelivery(db, {
    ...{ repoId, event: name, ref, before, after, sender, payload, headers },
    key: `redelivery:${randomUUID()}`,
    created: now(),
    claimedUntilMs: worker.claimUntilMs(),
    redeliveryOf: first.id,
  });
  await worker.add([delivery]);
  return (await findDelivery(db, repoId, delivery.id)) ?? delivery;
}
