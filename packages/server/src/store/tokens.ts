import { SCOPES, type Scope, type Token } from '@sortie/core/token';
import type { Selectable } from 'kysely';
import { parseNumbers, parseStrings, toJson } from './columns.ts';
import type { Db } from './db.ts';
import type { TokensTable } from './schema.ts';

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

function toToken(row: Selectable<TokensTable>): Token {
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
