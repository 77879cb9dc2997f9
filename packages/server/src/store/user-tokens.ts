import type { User } from '@sortie/core/user';
import { sql } from 'kysely';
import type { Db } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import { toUser } from './users.ts';

/** The one old token of an account as it is kept; both are empty while there is none. */
export interface StoredUserToken {
  /** Keyed hash, in hex. */
  readonly hash: string;
  /** The text, sealed. */
  readonly sealed: string;
}

const selectUserByTokenHash = prepared((db, value: ValueOf<{ hash: string }>) =>
  db
    .selectFrom('users')
    .selectAll()
    .where('token_hash', '=', value('hash'))
    .where(sql<boolean>`token_hash <> ''`),
);

export async function findUserByTokenHash(db: Db, hash: string): Promise<User | undefined> {
  const [row] = await selectUserByTokenHash(db, { hash });
  return row && toUser(row);
}

/** `undefined` when the account does not exist. */
export async function findUserToken(db: Db, userId: number): Promise<StoredUserToken | undefined> {
  const row = await db
    .selectFrom('users')
    .select(['token_hash', 'token_sealed'])
    .where('id', '=', userId)
    .executeTakeFirst();
  return row && { hash: row.token_hash, sealed: row.token_sealed };
}

/**
 * Replaces the token whose hash is `expectedHash`; false when it is another one by now. Fails with a duplicate key
 * (`isDuplicateKey`) when another account has the same token.
 */
export async function replaceUserToken(
  db: Db,
  userId: number,
  expectedHash: string,
  token: StoredUserToken,
): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ token_hash: token.hash, token_sealed: token.sealed })
    .where('id', '=', userId)
    .where('token_hash', '=', expectedHash)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
