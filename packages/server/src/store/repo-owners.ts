import type { Repo } from '@sortie/core/repo';
import { sql } from 'kysely';
import type { Db } from './db.ts';

/**
 * Takes every repository from an account and gives it to the first other active person, by login, who may
 * administer it and has a token for its Git service; to nobody (0) where there is none (api-v1.md 3.2). Returns how
 * many there were.
 */
export async function transferReposOf(db: Db, userId: number): Promise<number> {
  const result = await db
    .updateTable('repos')
    .set({ user_id: sql<number>`coalesce(${heirOf(userId)}, 0)`, version: sql`version + 1` })
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Gives one repository to another account, unless somebody else owns it by now. */
export async function passOnRepo(
  db: Db,
  repoId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  await db
    .updateTable('repos')
    .set({ user_id: to, version: sql`version + 1` })
    .where('id', '=', repoId)
    .where('user_id', '=', from)
    .execute();
}

/** Repositories of the built-in host need no token of anybody. */
function heirOf(userId: number) {
  return sql<number | null>`(
    select users.id from permissions join users on users.id = permissions.user_id
    where permissions.repo_id = repos.id and permissions.can_admin = 1
      and users.is_active = 1 and users.is_machine = 0 and users.id <> ${userId}
      and (exists (select 1 from connections where connections.id = repos.connection_id
          and connections.kind = 'builtin')
        or exists (select 1 from identities where identities.user_id = users.id
          and identities.connection_id = repos.connection_id
          and identities.access_sealed <> '' and identities.is_invalid = 0))
    order by lower(users.login) limit 1)`;
}

/**
 * Whose token calls about a repository can be made with: its owner, then everybody who may administer it, by id.
 * Active people whose token the Git service has not refused; nobody for repositories of the built-in host.
 */
export async function listTokenHolders(
  db: Db,
  repo: Pick<Repo, 'id' | 'connectionId' | 'userId'>,
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select users.id as id from users
    where users.is_active = 1 and users.is_machine = 0
      and (users.id = ${repo.userId} or exists (select 1 from permissions
        where permissions.user_id = users.id and permissions.repo_id = ${repo.id}
          and permissions.can_admin = 1))
      and exists (select 1 from identities where identities.user_id = users.id
        and identities.connection_id = ${repo.connectionId}
        and identities.access_sealed <> '' and identities.is_invalid = 0)
    order by case when users.id = ${repo.userId} then 0 else 1 end, users.id`.execute(db);
  return rows.map((row) => row.id);
}

/** The slugs of those repositories that still exist, by id. */
export async function findSlugsOfRepos(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('repos').select(['id', 'slug']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.slug]));
}
