import type { Db } from './db.ts';

/** A link that signs one account in once. `hash` is the SHA-256 of its secret in hex; times are unix seconds. */
export interface SignInLink {
  readonly hash: string;
  readonly userId: number;
  readonly expires: number;
}

export async function insertSignInLink(db: Db, link: SignInLink): Promise<void> {
  const { hash, userId, expires } = link;
  await db.insertInto('sign_in_links').values({ hash, user_id: userId, expires }).execute();
}

/**
 * Uses the link up and returns its account; `undefined` when it is unknown, used or expired. One statement, so
 * that of two requests with the same link one succeeds.
 */
export async function consumeSignInLink(db: Db, hash: string, now: number): Promise<number | undefined> {
  const row = await db
    .updateTable('sign_in_links')
    .set({ used: now })
    .where('hash', '=', hash)
    .where('used', '=', 0)
    .where('expires', '>', now)
    .returning('user_id')
    .executeTakeFirst();
  return row?.user_id;
}

export async function removeExpiredSignInLinks(db: Db, now: number): Promise<void> {
  await db.deleteFrom('sign_in_links').where('expires', '<=', now).execute();
}
