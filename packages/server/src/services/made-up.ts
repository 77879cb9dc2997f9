import type { Delivery } from '@sortie/core/delivery';
import type { Db } from '../store/db.ts';
import { findDeliveryByKey, hasMovedAway } from '../store/deliveries.ts';

/** Where a ref is, or was when it was built. */
export interface BuiltRef {
  readonly ref: string;
  readonly after: string;
}

/** The key of the delivery that reconciliation makes for a ref at a commit. */
export function madeUpKey({ ref, after }: BuiltRef): string {
  return `reconcile:${ref}:${after}`;
}

/**
 * Whether the webhook tells, late, of what reconciliation has built already: after an allow-list was mended Gogs sends
 * everything that it could not deliver. Not when the ref has left the commit since, and comes back to it now; and not when
 * a person wants the webhook processed again.
 */
export async function isMadeUp(
  db: Db,
  { repoId, redeliveryOf }: Pick<Delivery, 'repoId' | 'redeliveryOf'>,
  built: BuiltRef,
): Promise<boolean> {
  if (redeliveryOf !== 0) return false;
  const made = await findDeliveryByKey(db, repoId, madeUpKey(built));
  if (made === undefined || made.buildId === 0) return false;
  return !(await hasMovedAway(db, made));
}
