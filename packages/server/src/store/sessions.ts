import type { User } from '@sortie/core/user';
import type { Db } from './db.ts';
import { toUser } from './users.ts';

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

/** The account of a session that has neither ended nor expired at `now`. */
export async function findSessionUser(db: Db, hash: string, now: number): Promise<User | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .where('sessions.hash', '=', hash)
    .where('sessions.expires', '>', now)
    .executeTakeFirst();
  return row && toUser(row);
}

/** Ends all sessions of an account and the sign-in links that wait for it. */
export async function removeSessionsOfUser(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute();
  await db.deleteFrom('sign_in_links').where('user_id', '=', userId).execute();
}

export async function removeSession(db: Db, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute();
}

export async function removeExpiredSessions(db: Db, now: number): Promise<void> {
  await db.deleteFrom('sessions').where('expires', '<=', now).execute();
}
