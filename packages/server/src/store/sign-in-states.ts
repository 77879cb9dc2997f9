import type { Db } from './db.ts';

/** A sign-in that the browser is away for. Hashes are SHA-256 in hex; times are unix seconds. */
export interface SignInState {
  /** Of what the service brings back: the state, or the request token of OAuth 1.0a. */
  readonly hash: string;
  /** Of the cookie of the browser that began. */
  readonly browserHash: string;
  readonly connectionId: number;
  /** What only this server may know meanwhile; sealed. */
  readonly secretsSealed: string;
  /** Path to go to afterwards. */
  readonly next: string;
  /** The account that is to be linked; 0 for a sign-in. */
  readonly userId: number;
  readonly created: number;
  readonly expires: number;
}

/** The newest of the same key wins: a service may hand out a request token twice. */
export async function insertSignInState(db: Db, state: SignInState): Promise<void> {
  const columns = {
    browser_hash: state.browserHash,
    connection_id: state.connectionId,
    verifier_sealed: state.secretsSealed,
    next: state.next,
    user_id: state.userId,
    created: state.created,
    expires: state.expires,
  };
  await db
    .insertInto('sign_in_states')
    .values({ hash: state.hash, ...columns })
    .onConflict((conflict) => conflict.column('hash').doUpdateSet(columns))
    .execute();
}

/**
 * Uses a state up; `undefined` when it is unknown, used, expired or another browser's. One statement, so that of two
 * requests with the same state one succeeds.
 */
export async function takeSignInState(
  db: Db,
  key: Pick<SignInState, 'hash' | 'browserHash'>,
  now: number,
): Promise<SignInState | undefined> {
  const row = await db
    .deleteFrom('sign_in_states')
    .where('hash', '=', key.hash)
    .where('browser_hash', '=', key.browserHash)
    .where('expires', '>', now)
    .returningAll()
    .executeTakeFirst();
  return (
    row && {
      hash: row.hash,
      browserHash: row.browser_hash,
      connectionId: row.connection_id,
      secretsSealed: row.verifier_sealed,
      next: row.next,
      userId: row.user_id,
      created: row.created,
      expires: row.expires,
    }
  );
}

export async function removeExpiredSignInStates(db: Db, now: number): Promise<void> {
  await db.deleteFrom('sign_in_states').where('expires', '<=', now).execute();
}
