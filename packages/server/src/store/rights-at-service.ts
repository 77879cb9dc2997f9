import type { Db } from './db.ts';

/** Takes away what an account was allowed at a Git service: repositories, and organisations that have some there. */
export async function removeRightsAt(db: Db, userId: number, connectionId: number): Promise<void> {
  await db
    .deleteFrom('permissions')
    .where('user_id', '=', userId)
    .where('repo_id', 'in', (eb) =>
      eb.selectFrom('repos').select('id').where('connection_id', '=', connectionId),
    )
    .execute();
  await db
    .deleteFrom('memberships')
    .where('user_id', '=', userId)
    .where('namespace', 'in', (eb) =>
      eb.selectFrom('repos').select('namespace').where('connection_id', '=', connectionId),
    )
    .execute();
}
