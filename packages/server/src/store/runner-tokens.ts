import type { RunnerToken } from '@sortie/core/runner-token';
import type { Selectable } from 'kysely';
import { parseStringMap, parseStrings, toJson } from './columns.ts';
import type { Db } from './db.ts';
import type { RunnerTokensTable } from './tables-runners.ts';

/** `hash` is the SHA-256 of the text in hex; the text itself is never stored. */
export type NewRunnerToken = Omit<RunnerToken, 'id' | 'lastUsed' | 'lastAddress' | 'previousExpires'> & {
  readonly hash: string;
};

export async function insertRunnerToken(db: Db, token: NewRunnerToken): Promise<RunnerToken> {
  return toRunnerToken(
    await db
      .insertInto('runner_tokens')
      .values({
        name: token.name,
        hash: token.hash,
        prefix: token.prefix,
        namespaces: toJson(token.namespaces),
        repos: toJson(token.repos),
        types: toJson(token.types),
        labels: toJson(token.labels),
        trust: token.trust,
        ranges: toJson(token.ranges),
        expires: token.expires,
        created: token.created,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  );
}

/** Newest first. */
export async function listRunnerTokens(db: Db): Promise<readonly RunnerToken[]> {
  const rows = await db.selectFrom('runner_tokens').selectAll().orderBy('id', 'desc').execute();
  return rows.map(toRunnerToken);
}

/** True when a runner could come with a token of its own. */
export async function hasRunnerTokens(db: Db): Promise<boolean> {
  return (await db.selectFrom('runner_tokens').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** The token with this hash, or whose text before its last rotation has it and still works at `now` (unix seconds). */
export async function findRunnerTokenByHash(
  db: Db,
  hash: string,
  now: number,
): Promise<RunnerToken | undefined> {
  const row = await db
    .selectFrom('runner_tokens')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('hash', '=', hash),
        eb.and([
          eb('previous_hash', '=', hash),
          eb('previous_hash', '<>', ''),
          eb('previous_expires', '>', now),
        ]),
      ]),
    )
    .executeTakeFirst();
  return row && toRunnerToken(row);
}

/** With its hash, which `replaceRunnerTokenHash` expects. */
export async function findRunnerToken(
  db: Db,
  id: number,
): Promise<(RunnerToken & { readonly hash: string }) | undefined> {
  const row = await db.selectFrom('runner_tokens').selectAll().where('id', '=', id).executeTakeFirst();
  return row && { ...toRunnerToken(row), hash: row.hash };
}

/**
 * Gives a token a new text; the present one works until `previousExpires`. `undefined` when its hash is not
 * `expectedHash` any more.
 */
export async function replaceRunnerTokenHash(
  db: Db,
  id: number,
  change: {
    readonly expectedHash: string;
    readonly hash: string;
    readonly prefix: string;
    readonly previousExpires: number;
  },
): Promise<RunnerToken | undefined> {
  const row = await db
    .updateTable('runner_tokens')
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
  return row && toRunnerToken(row);
}

/** False when there is no such token. */
export async function removeRunnerToken(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom('runner_tokens').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Notes the last use, in unix seconds. */
export async function touchRunnerToken(
  db: Db,
  id: number,
  use: { readonly lastUsed: number; readonly lastAddress: string },
): Promise<void> {
  await db
    .updateTable('runner_tokens')
    .set({ last_used: use.lastUsed, last_address: use.lastAddress })
    .where('id', '=', id)
    .execute();
}

function toRunnerToken(row: Selectable<RunnerTokensTable>): RunnerToken {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    namespaces: parseStrings(row.namespaces),
    repos: parseStrings(row.repos),
    types: parseStrings(row.types),
    labels: parseStringMap(row.labels),
    trust: row.trust,
    ranges: parseStrings(row.ranges),
    expires: row.expires,
    previousExpires: row.previous_expires,
    lastUsed: row.last_used,
    lastAddress: row.last_address,
    created: row.created,
  };
}
