import { ORG_ROLES, type OrgRole } from '@sortie/core/access';
import type { Db } from './db.ts';

/** What the Git service says of an account in a namespace; `undefined` when it is no member. Compared exactly. */
export async function findMembership(
  db: Db,
  userId: number,
  namespace: string,
): Promise<OrgRole | undefined> {
  const row = await db
    .selectFrom('memberships')
    .select('role')
    .where('user_id', '=', userId)
    .where('namespace', '=', namespace)
    .executeTakeFirst();
  return ORG_ROLES.find((role) => role === row?.role);
}

/** Writes or replaces what the Git service says. `synced` is unix seconds. */
export async function upsertMembership(
  db: Db,
  membership: {
    readonly userId: number;
    readonly namespace: string;
    readonly role: OrgRole;
    readonly synced: number;
  },
): Promise<void> {
  const { userId, namespace, role, synced } = membership;
  await db
    .insertInto('memberships')
    .values({ user_id: userId, namespace, role, synced })
    .onConflict((conflict) => conflict.columns(['user_id', 'namespace']).doUpdateSet({ role, synced }))
    .execute();
}
