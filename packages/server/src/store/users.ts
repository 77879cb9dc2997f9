import { lowerName } from '@sortie/core/names';
import type { User } from '@sortie/core/user';
import { type Selectable, sql, type Updateable } from 'kysely';
import { toFlag } from './columns.ts';
import { type Db, locksRows, type Tx } from './db.ts';
import type { UsersTable } from './tables-accounts.ts';

export type NewUser = Omit<User, 'id'>;
export type UserPatch = Partial<Omit<User, 'id'>>;

export async function findUserById(db: Db, id: number): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
  return row && toUser(row);
}

/** Upper and lower case are the same login. */
export async function findUserByLogin(db: Db, login: string): Promise<User | undefined> {
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where(sql`lower(login)`, '=', lowerName(login))
    .executeTakeFirst();
  return row && toUser(row);
}

export async function findUserByUid(db: Db, connectionId: number, uid: string): Promise<User | undefined> {
  const row = await db
    .selectFrom('users')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('uid', '=', uid)
    .executeTakeFirst();
  return row && toUser(row);
}

/** The same, locked against changes by others until the transaction ends. */
export async function lockUser(tx: Tx, id: number): Promise<User | undefined> {
  const row = await tx
    .selectFrom('users')
    .selectAll()
    .where('id', '=', id)
    .$if(locksRows(tx), (query) => query.forUpdate())
    .executeTakeFirst();
  return row && toUser(row);
}

/** All accounts, or one page of them, by id. */
export async function listUsers(
  db: Db,
  page: { readonly after?: number; readonly limit?: number } = {},
): Promise<readonly User[]> {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where('id', '>', page.after ?? 0)
    .orderBy('id')
    .$if(page.limit !== undefined, (query) => query.limit(page.limit ?? 0))
    .execute();
  return rows.map(toUser);
}

/** All accounts, or page `page` (from 1) of them, by login whatever its case. */
export async function listUsersByLogin(
  db: Db,
  page?: { readonly page: number; readonly perPage: number },
): Promise<readonly User[]> {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .orderBy(sql`lower(login)`)
    .$if(page !== undefined, (query) =>
      query.limit(page?.perPage ?? 0).offset(((page?.page ?? 1) - 1) * (page?.perPage ?? 0)),
    )
    .execute();
  return rows.map(toUser);
}

/**
 * Locks all active administrators against changes by others until the transaction ends, and returns their ids: of
 * two requests that each take the right from one of the last two, the second sees what the first has done.
 */
export async function lockActiveAdmins(tx: Tx): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', 1)
    .where('is_active', '=', 1)
    .orderBy('id')
    .$if(locksRows(tx), (query) => query.forUpdate())
    .execute();
  return rows.map((row) => row.id);
}

/** Fails with a duplicate key (`isDuplicateKey`) when the login or the uid is taken. */
export async function insertUser(db: Db, user: NewUser): Promise<User> {
  return toUser(
    await db
      .insertInto('users')
      .values({ ...toColumns(user), connection_id: user.connectionId })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/** The account after the change; `undefined` when it does not exist. */
export async function updateUser(db: Db, id: number, patch: UserPatch): Promise<User | undefined> {
  const columns = toColumns(patch);
  if (Object.values(columns).every((value) => value === undefined)) return findUserById(db, id);
  const row = await db
    .updateTable('users')
    .set(columns)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row && toUser(row);
}

/** Removes the account with its tokens, sessions and permissions. False when it did not exist. */
export async function removeUser(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('users').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Whoever was synchronised when the server stopped no longer is. */
export async function clearSyncing(db: Db): Promise<void> {
  await db.updateTable('users').set({ is_syncing: 0 }).where('is_syncing', '=', 1).execute();
}

export async function countUsers(db: Db): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Also for queries that join this table. */
export function toUser(row: Selectable<UsersTable>): User {
  return {
    id: row.id,
    connectionId: row.connection_id,
    uid: row.uid,
    login: row.login,
    email: row.email,
    avatar: row.avatar,
    isMachine: row.is_machine === 1,
    isAdmin: row.is_admin === 1,
    isActive: row.is_active === 1,
    isSyncing: row.is_syncing === 1,
    synced: row.synced,
    syncError: row.sync_error,
    ...(row.sync_seen > 0 ? { syncSeen: row.sync_seen } : {}),
    created: row.created,
    updated: row.updated,
    lastLogin: row.last_login,
  };
}

function toColumns(user: UserPatch): Updateable<UsersTable> {
  return {
    connection_id: user.connectionId,
    uid: user.uid,
    login: user.login,
    email: user.email,
    avatar: user.avatar,
    is_machine: toFlag(user.isMachine),
    is_admin: toFlag(user.isAdmin),
    is_active: toFlag(user.isActive),
    is_syncing: toFlag(user.isSyncing),
    synced: user.synced,
    sync_error: user.syncError,
    created: user.created,
    updated: user.updated,
    last_login: user.lastLogin,
  };
}
