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

/** The same with when the Git service last said so, in unix seconds. */
export async function findMembershipRow(
  db: Db,
  userId: number,
  namespace: string,
): Promise<{ readonly role: OrgRole; readonly synced: number } | undefined> {
  return db
    .selectFrom('memberships')
    .select(['role', 'synced'])
    .where('user_id', '=', userId)
    .where('namespace', '=', namespace)
    .executeTakeFirst();
}

/** The account is no member any more, or never was. */
export async function removeMembership(db: Db, userId: number, namespace: string): Promise<void> {
  await db
    .deleteFrom('memberships')
    .where('user_id', '=', userId)
    .where('namespace', '=', namespace)
    .execute();
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
