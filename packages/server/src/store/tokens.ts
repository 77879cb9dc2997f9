import { SCOPES, type Scope, type Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Selectable } from 'kysely';
import { parseNumbers, parseStrings, toJson } from './columns.ts';
import type { Db } from './db.ts';
import { prepared, type ValueOf } from './prepared.ts';
import type { TokensTable } from './tables-accounts.ts';
import { toUser } from './users.ts';

/** `hash` is the SHA-256 of the text in hex; the text itself is never stored. */
export type NewToken = Omit<Token, 'id' | 'lastUsed' | 'previousExpires'> & { readonly hash: string };

export async function insertToken(db: Db, token: NewToken): Promise<Token> {
  return toToken(
    await db
      .insertInto('tokens')
      .values({
        user_id: token.userId,
        name: token.name,
        hash: token.hash,
        prefix: token.prefix,
        scopes: toJson(token.scopes),
        repo_ids: toJson(token.repoIds),
        ranges: toJson(token.ranges),
        rate_limit: token.rateLimit,
        expires: token.expires,
        created: token.created,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/** Expired tokens are found as well: the caller says why it refuses them. */
export async function findTokenByHash(db: Db, hash: string): Promise<Token | undefined> {
  const row = await db.selectFrom('tokens').selectAll().where('hash', '=', hash).executeTakeFirst();
  return row && toToken(row);
}

/**
 * The token with this hash and its account, in one look-up: it is on the path of every request. Expired tokens are
 * found as well.
 */
export async function findTokenWithUser(
  db: Db,
  hash: string,
): Promise<{ readonly token: Token; readonly user: User } | undefined> {
  const [row] = await selectTokenWithUser(db, { hash });
  return row && toTokenWithUser(row);
}

/** The token whose text before its last rotation has this hash and still works at `now`, in unix seconds. */
export async function findRotatedTokenWithUser(
  db: Db,
  hash: string,
  now: number,
): Promise<{ readonly token: Token; readonly user: User } | undefined> {
  const row = await withUser(db)
    .where('tokens.previous_hash', '=', hash)
    .where('tokens.previous_hash', '<>', '')
    .where('tokens.previous_expires', '>', now)
    .executeTakeFirst();
  return row && toTokenWithUser(row);
}

/** `undefined` when the account has no such token. */
export async function findToken(
  db: Db,
  key: { readonly id: number; readonly userId: number },
): Promise<(Token & { readonly hash: string }) | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('id', '=', key.id)
    .where('user_id', '=', key.userId)
    .executeTakeFirst();
  return row && { ...toToken(row), hash: row.hash };
}

/**
 * Gives a token a new text; the present one works until `previousExpires`. `undefined` when its hash is not
 * `expectedHash` any more: somebody else has rotated it, or it has ended.
 */
export async function replaceTokenHash(
  db: Db,
  id: number,
  change: {
    readonly expectedHash: string;
    readonly hash: string;
    readonly prefix: string;
    readonly previousExpires: number;
  },
): Promise<Token | undefined> {
  const row = await db
    .updateTable('tokens')
    .set({
      hash: change.hash,
      prefix: change.prefix,
      previous_hash: change.previousExpires === 0 ? '' : change.expectedHash,
      previous_expires: change.previousExpires,
    })
    .where('id', '=', id)
    .where('hash', '=', change.expectedHash)
    .returningAll()
    .executeTakeFirst();
  return row && toToken(row);
}

/** `undefined` when the account has no such token. */
export async function renameToken(
  db: Db,
  key: { readonly id: number; readonly userId: number },
  name: string,
): Promise<Token | undefined> {
  const row = await db
    .updateTable('tokens')
    .set({ name })
    .where('id', '=', key.id)
    .where('user_id', '=', key.userId)
    .returningAll()
    .executeTakeFirst();
  return row && toToken(row);
}

/** Newest first. */
export async function listTokens(db: Db, userId: number): Promise<readonly Token[]> {
  const rows = await db
    .selectFrom('tokens')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toToken);
}

/** False when the account has no such token. */
export async function removeToken(
  db: Db,
  token: { readonly id: number; readonly userId: number },
): Promise<boolean> {
  const result = await db
    .deleteFrom('tokens')
    .where('id', '=', token.id)
    .where('user_id', '=', token.userId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Notes the last use, in unix seconds. */
export async function touchToken(db: Db, id: number, lastUsed: number): Promise<void> {
  await db.updateTable('tokens').set({ last_used: lastUsed }).where('id', '=', id).execute();
}

const TOKEN_COLUMNS = [
  'tokens.user_id',
  'tokens.name',
  'tokens.prefix',
  'tokens.scopes',
  'tokens.repo_ids',
  'tokens.ranges',
  'tokens.rate_limit',
  'tokens.expires',
  'tokens.previous_expires',
  'tokens.last_used',
] as const;

/** Columns that both tables have are renamed on the side of the token. */
function withUser(db: Db) {
  return db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .selectAll('users')
    .select(TOKEN_COLUMNS)
    .select(['tokens.id as token_id', 'tokens.created as token_created']);
}

const selectTokenWithUser = prepared((db, value: ValueOf<{ hash: string }>) =>
  withUser(db).where('tokens.hash', '=', value('hash')),
);

type TokenWithUserRow = Awaited<ReturnType<ReturnType<typeof withUser>['executeTakeFirstOrThrow']>>;

function toTokenWithUser(row: TokenWithUserRow): { token: Token; user: User } {
  return { token: toToken({ ...row, id: row.token_id, created: row.token_created }), user: toUser(row) };
}

function toToken(row: Omit<Selectable<TokensTable>, 'hash' | 'previous_hash'>): Token {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    prefix: row.prefix,
    scopes: parseStrings(row.scopes).filter(isScope),
    repoIds: parseNumbers(row.repo_ids),
    ranges: parseStrings(row.ranges),
    rateLimit: row.rate_limit,
    expires: row.expires,
    previousExpires: row.previous_expires,
    lastUsed: row.last_used,
    created: row.created,
  };
}

function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}
