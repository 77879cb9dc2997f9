import type { Permission } from '@sortie/core/repo';
import type { Selectable } from 'kysely';
import { toFlag } from './columns.ts';
import type { Db } from './db.ts';
import type { PermissionsTable } from './schema.ts';

export async function findPermission(
  db: Db,
  userId: number,
  repoId: number,
): Promise<Permission | undefined> {
  const row = await db
    .selectFrom('permissions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('repo_id', '=', repoId)
    .executeTakeFirst();
  return row && toPermission(row);
}

/** Writes or replaces the row of one account and repository. `synced` is unix seconds. */
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
  };
  await db
    .insertInto('permissions')
    .values({ user_id: key.userId, repo_id: key.repoId, ...columns })
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

export interface Collaborator extends Permission {
  readonly userId: number;
  readonly repoId: number;
  readonly synced: number;
}

/** Everybody with a row for the repository, by account id. */
export async function listCollaborators(db: Db, repoId: number): Promise<readonly Collaborator[]> {
  const rows = await db
    .selectFrom('permissions')
    .selectAll()
    .where('repo_id', '=', repoId)
    .orderBy('user_id')
    .execute();
  return rows.map((row) => ({
    ...toPermission(row),
    userId: row.user_id,
    repoId: row.repo_id,
    synced: row.synced,
  }));
}

function toPermission(row: Selectable<PermissionsTable>): Permission {
  return { read: row.can_read === 1, write: row.can_write === 1, admin: row.can_admin === 1 };
}
