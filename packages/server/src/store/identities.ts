import { lowerName } from '@sortie/core/names';
import { type Selectable, sql } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import type { IdentitiesTable } from './tables-accounts.ts';

/** An account of a person at one Git service or identity provider. */
export interface Identity {
  readonly id: number;
  readonly userId: number;
  readonly connectionId: number;
  /** Id of the account there; survives a change of the login. */
  readonly uid: string;
  readonly login: string;
  /** Sealed; empty when there is no token. */
  readonly accessSealed: string;
  readonly refreshSealed: string;
  /** Unix seconds; 0 = does not expire. */
  readonly expires: number;
  /** The service has refused the token. */
  readonly isInvalid: boolean;
  /** What its owner should know of the token; empty mostly. */
  readonly note: string;
  readonly created: number;
  readonly updated: number;
}

export type IdentityToken = Pick<Identity, 'accessSealed' | 'refreshSealed' | 'expires'>;

export async function findIdentityByUid(
  db: Db,
  connectionId: number,
  uid: string,
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('identities')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('uid', '=', uid)
    .executeTakeFirst();
  return row && toIdentity(row);
}

export async function findIdentity(db: Db, id: number): Promise<Identity | undefined> {
  const row = await db.selectFrom('identities').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toIdentity(row);
}

/** The account of a person at a connection; the newest one where there are several. */
export async function findIdentityOfUser(
  db: Db,
  userId: number,
  connectionId: number,
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom('identities')
    .selectAll()
    .where('user_id', '=', userId)
    .where('connection_id', '=', connectionId)
    .orderBy('updated', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  return row && toIdentity(row);
}

/** The account with this login, or of the person with this e-mail address; upper and lower case do not count. */
export async function findIdentityByLogin(
  db: Db,
  connectionId: number,
  login: string,
): Promise<Identity | undefined> {
  const text = lowerName(login);
  const row = await db
    .selectFrom('identities')
    .innerJoin('users', 'users.id', 'identities.user_id')
    .selectAll('identities')
    .where('identities.connection_id', '=', connectionId)
    .where(sql<boolean>`(lower(identities.login) = ${text} or lower(users.email) = ${text})`)
    .orderBy(sql`case when lower(identities.login) = ${text} then 0 else 1 end`)
    .orderBy('identities.updated', 'desc')
    .executeTakeFirst();
  return row && toIdentity(row);
}

/** All accounts of a person, oldest first. */
export async function listIdentitiesOfUser(db: Db, userId: number): Promise<readonly Identity[]> {
  const rows = await db
    .selectFrom('identities')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute();
  return rows.map(toIdentity);
}

/** Fails with a duplicate key (`isDuplicateKey`) when somebody has this account already. */
export async function insertIdentity(
  db: Db,
  identity: Pick<Identity, 'userId' | 'connectionId' | 'uid' | 'login' | 'created'>,
): Promise<Identity> {
  const { userId, connectionId, uid, login, created } = identity;
  const row = await db
    .insertInto('identities')
    .values({ user_id: userId, connection_id: connectionId, uid, login, created, updated: created })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toIdentity(row);
}

/** Stores what the service gave last: login and token. A stored token counts as valid and ends a renewal under way. */
export async function updateIdentity(
  db: Db,
  id: number,
  patch: Partial<IdentityToken & Pick<Identity, 'login' | 'note'>> & { readonly updated: number },
): Promise<void> {
  const hasToken = patch.accessSealed !== undefined;
  await db
    .updateTable('identities')
    .set({
      login: patch.login,
      note: patch.note,
      access_sealed: patch.accessSealed,
      refresh_sealed: patch.refreshSealed,
      expires: patch.expires,
      updated: patch.updated,
      ...(hasToken ? { is_invalid: toFlag(false), refreshing_until_ms: 0 } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** Nobody else at the connection has this login any more: the service has given it to the account `uid`. */
export async function handLoginOver(
  db: Db,
  { connectionId, uid, login }: Pick<Identity, 'connectionId' | 'uid' | 'login'>,
): Promise<void> {
  await db
    .updateTable('identities')
    .set({ login: '' })
    .where('connection_id', '=', connectionId)
    .where('uid', '<>', uid)
    .where(sql<boolean>`login <> '' and lower(login) = ${lowerName(login)}`)
    .execute();
}

/** The service refuses the token `accessSealed`; without effect when another one has been stored meanwhile. */
export async function markIdentityInvalid(
  db: Db,
  { id, accessSealed }: Pick<Identity, 'id' | 'accessSealed'>,
): Promise<void> {
  await db
    .updateTable('identities')
    .set({ is_invalid: toFlag(true), refreshing_until_ms: 0 })
    .where('id', '=', id)
    .where('access_sealed', '=', accessSealed)
    .execute();
}

/** Takes the lock of whoever renews the token; false while somebody else holds it. */
export async function claimRenewal(
  db: Db,
  { id, accessSealed }: Pick<Identity, 'id' | 'accessSealed'>,
  { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number },
): Promise<boolean> {
  const result = await db
    .updateTable('identities')
    .set({ refreshing_until_ms: untilMs })
    .where('id', '=', id)
    .where('access_sealed', '=', accessSealed)
    .where(sql<boolean>`refreshing_until_ms < ${nowMs}`)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Gives the lock back after a renewal that failed. */
export async function releaseRenewal(db: Db, id: number): Promise<void> {
  await db.updateTable('identities').set({ refreshing_until_ms: 0 }).where('id', '=', id).execute();
}

/** Takes an account away from a person; false when it was not theirs. */
export async function removeIdentity(db: Db, userId: number, id: number): Promise<boolean> {
  const result = await db
    .deleteFrom('identities')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

function toIdentity(row: Selectable<IdentitiesTable>): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    connectionId: row.connection_id,
    uid: row.uid,
    login: row.login,
    accessSealed: row.access_sealed,
    refreshSealed: row.refresh_sealed,
    expires: row.expires,
    isInvalid: row.is_invalid === 1,
    note: row.note,
    created: row.created,
    updated: row.updated,
  };
}
