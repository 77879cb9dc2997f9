import { AppError } from '@sortie/core/errors';
import type { Selectable } from 'kysely';
import type { Db, Tx } from './db.ts';
import type { IdempotencyTable } from './tables-accounts.ts';

/** One use of an `Idempotency-Key`: somebody works on it, or the answer is stored. */
export interface KeyedRequest {
  readonly id: number;
  /** Whose key it is: another account may use the same text for something else. */
  readonly owner: string;
  readonly key: string;
  readonly fingerprint: string;
  /** The server process that works on it; empty when the answer is stored. */
  readonly holder: string;
  /** Unix seconds until which the holder counts as alive. */
  readonly heldUntil: number;
  /** The build that the request has made; 0 for none. */
  readonly buildId: number;
  readonly created: number;
  readonly answer: StoredAnswer;
}

export interface StoredAnswer {
  readonly status: number;
  /** JSON. */
  readonly headers: string;
  readonly bodySealed: string;
}

export type NewKeyedRequest = Pick<
  KeyedRequest,
  'owner' | 'key' | 'fingerprint' | 'holder' | 'heldUntil' | 'created'
>;

/** Who holds a key: only the holder may write about it. */
export type KeyHold = Pick<KeyedRequest, 'id' | 'holder'>;

/** Takes a key that nobody has used; `undefined` when somebody has. Of several at once exactly one gets it. */
export async function claimKey(db: Db, request: NewKeyedRequest): Promise<KeyedRequest | undefined> {
  const { heldUntil, ...columns } = request;
  const row = await db
    .insertInto('idempotency')
    .values({ ...columns, held_until: heldUntil })
    .onConflict((conflict) => conflict.columns(['owner', 'key']).doNothing())
    .returningAll()
    .executeTakeFirst();
  return row && toKeyedRequest(row);
}

export async function findKey(db: Db, owner: string, key: string): Promise<KeyedRequest | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .selectAll()
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  return row && toKeyedRequest(row);
}

/** Takes a key over from a process that is gone, as it was read. False when it has changed since. */
export async function takeOverKey(
  db: Db,
  seen: Pick<KeyedRequest, 'id' | 'holder' | 'heldUntil'>,
  next: Pick<KeyedRequest, 'holder' | 'heldUntil'>,
): Promise<boolean> {
  const result = await db
    .updateTable('idempotency')
    .set({ holder: next.holder, held_until: next.heldUntil })
    .where('id', '=', seen.id)
    .where('holder', '=', seen.holder)
    .where('held_until', '=', seen.heldUntil)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Says that the holder is still at work. */
export async function renewKey(db: Db, hold: KeyHold, heldUntil: number): Promise<void> {
  await db
    .updateTable('idempotency')
    .set({ held_until: heldUntil })
    .where('id', '=', hold.id)
    .where('holder', '=', hold.holder)
    .execute();
}

/**
 * Ties a build to its key in the transaction that makes the build. Throws `conflict`, so that the build is not made,
 * when another process has taken the key over meanwhile.
 */
export async function noteBuildOfKey(tx: Tx, hold: KeyHold, buildId: number): Promise<void> {
  const result = await tx
    .updateTable('idempotency')
    .set({ build_id: buildId })
    .where('id', '=', hold.id)
    .where('holder', '=', hold.holder)
    .executeTakeFirst();
  if (result.numUpdatedRows > 0n) return;
  throw new AppError('conflict', 'Another server has taken this request over.', {
    hint: 'Send it again with the same Idempotency-Key.',
  });
}

/** Stores the answer and lets go of the key. False when it is not held any more. */
export async function storeAnswer(db: Db, hold: KeyHold, answer: StoredAnswer): Promise<boolean> {
  const result = await db
    .updateTable('idempotency')
    .set({
      holder: '',
      held_until: 0,
      status: answer.status,
      headers: answer.headers,
      body_sealed: answer.bodySealed,
    })
    .where('id', '=', hold.id)
    .where('holder', '=', hold.holder)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * Lets go of a key without an answer: a repetition runs anew. One that has made a build stays, so that the
 * repetition finds that build.
 */
export async function freeKey(db: Db, hold: KeyHold): Promise<void> {
  const held = { id: hold.id, holder: hold.holder };
  await db
    .deleteFrom('idempotency')
    .where('id', '=', held.id)
    .where('holder', '=', held.holder)
    .where('build_id', '=', 0)
    .execute();
  await renewKey(db, held, 0);
}

/** Says that no process works on anything any more: for a database that only one process uses, at its start. */
export async function releaseKeys(db: Db): Promise<void> {
  await db.updateTable('idempotency').set({ held_until: 0 }).where('holder', '<>', '').execute();
}

/** How long an answer is kept. */
export const KEEP_KEYS_SECONDS = 24 * 3_600;

/** Forgets what has been kept for its time, unless somebody works on it. `now` gives unix seconds. */
export async function forgetOldKeys({
  db,
  now,
}: {
  readonly db: Db;
  readonly now: () => number;
}): Promise<void> {
  await db
    .deleteFrom('idempotency')
    .where('created', '<', now() - KEEP_KEYS_SECONDS)
    .where('held_until', '<', now())
    .execute();
}

function toKeyedRequest(row: Selectable<IdempotencyTable>): KeyedRequest {
  return {
    id: row.id,
    owner: row.owner,
    key: row.key,
    fingerprint: row.fingerprint,
    holder: row.holder,
    heldUntil: row.held_until,
    buildId: row.build_id,
    created: row.created,
    answer: { status: row.status, headers: row.headers, bodySealed: row.body_sealed },
  };
}
