import { toWireUser } from '@sortie/contract/users';
import type { User } from '@sortie/core/user';
import type { Tx } from '../store/db.ts';
import { insertIntent } from '../store/outbox.ts';

/** Subscribers of `user:created` and `user:deleted` are to be told; the account travels along, for it may be gone. */
export async function insertUserIntent(
  tx: Tx,
  user: User,
  action: 'created' | 'deleted',
  now: number,
): Promise<void> {
  await insertIntent(tx, {
    kind: 'webhook',
    subject: `user:${user.id}`,
    payload: { event: 'user', action, user: toWireUser(user) },
    now,
  });
}
