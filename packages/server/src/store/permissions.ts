import type { Permission } from '@sortie/core/repo';
import { type Selectable, sql } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import { isHeldRight } from './held-rights.ts';
import { prepared, type ValueOf } from './prepared.ts';
import type { PermissionsTable } from './tables-repos.ts';

const selectPermission = prepared((db, value: ValueOf<{ userId: number; repoId: number }>) =>
  db
    .selectFrom('permissions')
    .selectAll()
    .where('user_id', '=', value('userId'))
    .where('repo_id', '=', value('repoId')),
);

export async function findPermission(
  db: Db,
  userId: number,
  repoId: number,
): Promise<Permission | undefined> {
  const [row] = await selectPermission(db, { userId, repoId });
  return row && toPermission(row);
}

/** A permission, and when its Git service last confirmed it in unix seconds; 0 = never. */
export interface StoredPermission extends Permission {
  readonly synced: number;
}

/** The row of an account for a repository together with its age. */
export async function findPermissionRow(
  db: Db,
  userId: number,
  repoId: number,
): Promise<StoredPermission | undefined> {
  const [row] = await selectPermission(db, { userId, repoId });
  return row && toStoredPermission(row);
}

/** The rows that an account has for repositories of one connection, by repository id. */
export async function listPermissionRows(
  db: Db,
  userId: number,
  connectionId: number,
): Promise<ReadonlyMap<number, StoredPermission>> {
  const rows = await db
    .selectFrom('permissions')
    .innerJoin('repos', 'repos.id', 'permissions.repo_id')
    .selectAll('permissions')
    .where('permissions.user_id', '=', userId)
    .where('repos.connection_id', '=', connectionId)
    .execute();
  return new Map(rows.map((row) => [row.repo_id, toStoredPermission(row)]));
}

/** The rows that an account has for these repositories, by repository id. */
export async function findPermissionRows(
  db: Db,
  userId: number,
  repoIds: readonly number[],
): Promise<ReadonlyMap<number, StoredPermission>> {
  const found = new Map<number, StoredPermission>();
  for (let from = 0; from < repoIds.length; from += IDS_PER_QUERY) {
    const rows = await db
      .selectFrom('permissions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('repo_id', 'in', repoIds.slice(from, from + IDS_PER_QUERY))
      .execute();
    for (const row of rows) found.set(row.repo_id, toStoredPermission(row));
  }
  return found;
}

/** Takes these rights away from an account; what it does not have is left out. */
export async function removePermissions(db: Db, userId: number, repoIds: readonly number[]): Promise<void> {
  for (let from = 0; from < repoIds.length; from += IDS_PER_QUERY) {
    await db
      .deleteFrom('permissions')
      .where('user_id', '=', userId)
      .where('repo_id', 'in', repoIds.slice(from, from + IDS_PER_QUERY))
      .execute();
  }
}

/** The Git service has confirmed these rows as they are. `synced` is unix seconds. */
export async function confirmPermissions(
  db: Db,
  userId: number,
  { repoIds, synced }: { readonly repoIds: readonly number[]; readonly synced: number },
): Promise<void> {
  for (let from = 0; from < repoIds.length; from += IDS_PER_QUERY) {
    await db
      .updateTable('permissions')
      .set({ synced })
      .where('user_id', '=', userId)
      .where('repo_id', 'in', repoIds.slice(from, from + IDS_PER_QUERY))
      .execute();
  }
}

/** Databases bound the number of parameters of one query. */
const IDS_PER_QUERY = 500;

/** Writes or replaces the row of one account and repository. `synced`, the time of writing, is unix seconds. */
export async function upsertPermission(
  db: Db,
  key: { readonly userId: number; readonly repoId: number },
  permission: Permission & { readonly synced: number },
): Promise<void> {
  const columns = {
    can_read: toFlag(permission.read),
    can_write: toFlag(permission.write),
    can_admin: toFlag(permission.admin),
    synced: permission.synced,
    updated: permission.synced,
  };
  await db
    .insertInto('permissions')
    .values({ user_id: key.userId, repo_id: key.repoId, created: permission.synced, ...columns })
    .onConflict((conflict) => conflict.columns(['user_id', 'repo_id']).doUpdateSet(columns))
    .execute();
}

/** False when there was no such row. */
export async function removePermission(db: Db, userId: number, repoId: number): Promise<boolean> {
  const result = await db
    .deleteFrom('permissions')
    .where('user_id', '=', userId)
    .where('repo_id', '=', repoId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** The repositories that the account may read by a row of its own. */
export async function listPermittedRepoIds(db: Db, userId: number): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom('permissions')
    .select('repo_id')
    .where('user_id', '=', userId)
    .where('can_read', '=', 1)
    .execute();
  return new Set(rows.map((row) => row.repo_id));
}

/** The rows of one account that count in lists (`isHeldRight`), by repository id. */
export async function listPermissionsOfUser(
  db: Db,
  userId: number,
): Promise<ReadonlyMap<number, Permission>> {
  const rows = await db
    .selectFrom('permissions')
    .innerJoin('repos', 'repos.id', 'permissions.repo_id')
    .selectAll('permissions')
    .where('permissions.user_id', '=', userId)
    .where(isHeldRight())
    .execute();
  return new Map(rows.map((row) => [row.repo_id, toPermission(row)]));
}

export interface Collaborator extends Permission {
  readonly userId: number;
  readonly repoId: number;
  readonly login: string;
  readonly avatar: string;
  readonly synced: number;
  readonly created: number;
  readonly updated: number;
}

/** Everybody with a row for the repository, by login. */
export async function listCollaborators(db: Db, repoId: number): Promise<readonly Collaborator[]> {
  const rows = await db
    .selectFrom('permissions')
    .innerJoin('users', 'users.id', 'permissions.user_id')
    .selectAll('permissions')
    .select(['users.login', 'users.avatar'])
    .where('repo_id', '=', repoId)
    .orderBy(sql`lower(users.login)`)
    .execute();
  return rows.map((row) => ({
    ...toPermission(row),
    userId: row.user_id,
    repoId: row.repo_id,
    login: row.login,
    avatar: row.avatar,
    synced: row.synced,
    created: row.created,
    updated: row.updated,
  }));
}

function toPermission(row: Selectable<PermissionsTable>): Permission {
  return { read: row.can_read === 1, write: row.can_write === 1, admin: row.can_admin === 1 };
}

function toStoredPermission(row: Selectable<PermissionsTable>): StoredPermission {
  return { ...toPermission(row), synced: row.synced };
}
