import { sql } from 'kysely';
import type { Db } from './db.ts';

/**
 * Takes every repository from an account and gives it to the first other active collaborator, by login, who may
 * administer it; to nobody (0) where there is none (api-v1.md 3.2). Returns how many there were.
 */
export async function transferReposOf(db: Db, userId: number): Promise<number> {
  const heir = sql<number>`coalesce((
    select users.id from permissions join users on users.id = permissions.user_id
    where permissions.repo_id = repos.id and permissions.can_admin = 1
      and users.is_active = 1 and users.id <> ${userId}
    order by lower(users.login) limit 1), 0)`;
  const result = await db
    .updateTable('repos')
    .set({ user_id: heir, version: sql`version + 1` })
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** The slugs of those repositories that still exist, by id. */
export async function findSlugsOfRepos(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('repos').select(['id', 'slug']).where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row.slug]));
}
