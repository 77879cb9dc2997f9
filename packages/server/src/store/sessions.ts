import type { Db } from './db.ts';

/** A signed-in browser. `hash` is the SHA-256 of the cookie's value in hex; times are unix seconds. */
export interface Session {
  readonly hash: string;
  readonly userId: number;
  readonly created: number;
  readonly expires: number;
}

export async function insertSession(db: Db, session: Session): Promise<void> {
  const { hash, userId, created, expires } = session;
  await db.insertInto('sessions').values({ hash, user_id: userId, created, expires }).execute();
}

/** `undefined` for unknown, revoked and expired sessions alike. */
export async function findSession(db: Db, hash: string, now: number): Promise<Session | undefined> {
  const row = await db
    .selectFrom('sessions')
    .selectAll()
    .where('hash', '=', hash)
    .where('expires', '>', now)
    .executeTakeFirst();
  return row && { hash: row.hash, userId: row.user_id, created: row.created, expires: row.expires };
}

export async function removeSession(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute();
}

export async function removeExpiredSessions(db: Db, now: number): Promise<void> {
  await db.deleteFrom('sessions').where('expires', '<=', now).execute();
}
