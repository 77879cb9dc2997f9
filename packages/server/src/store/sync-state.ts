import { sql } from 'kysely';
import type { Db } from './db.ts';

/** How a synchronisation has ended. Times are unix seconds. */
export interface SyncOutcome {
  /** When everything was in step; absent leaves what it was. */
  readonly synced?: number;
  /** Why it was not; empty after a success. */
  readonly error: string;
  /** When the next one is due; 0 = in its turn. */
  readonly due: number;
  /** JSON; empty when nothing looked odd. */
  readonly suspicion: string;
}

/** A server that stops in the middle of a synchronisation leaves the account to the next one after this. */
export const CLAIM_SECONDS = 900;

/** The account is being synchronised. It is due again at `until` (unix seconds), should this server not end it. */
export async function markSyncing(db: Db, userId: number, until: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ is_syncing: 1, sync_due: until, sync_seen: 0 })
    .where('id', '=', userId)
    .execute();
}

/** How many repositories the synchronisation under way has been shown; forgotten at its end. */
export async function noteSyncSeen(db: Db, userId: number, seen: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ sync_seen: seen })
    .where('id', '=', userId)
    .where('is_syncing', '=', 1)
    .execute();
}

export async function endSync(db: Db, userId: number, outcome: SyncOutcome): Promise<void> {
  await db
    .updateTable('users')
    .set({
      is_syncing: 0,
      sync_seen: 0,
      synced: outcome.synced,
      sync_error: outcome.error,
      sync_due: outcome.due,
      sync_suspicion: outcome.suspicion,
    })
    .where('id', '=', userId)
    .execute();
}

/** What looked odd the last time, as JSON; empty when nothing did. */
export async function findSyncSuspicion(db: Db, userId: number): Promise<string> {
  const row = await db
    .selectFrom('users')
    .select('sync_suspicion')
    .where('id', '=', userId)
    .executeTakeFirst();
  return row?.sync_suspicion ?? '';
}

/** Keeps what looks odd of a list that is still being written. */
export async function noteSyncSuspicion(db: Db, userId: number, suspicion: string): Promise<void> {
  await db.updateTable('users').set({ sync_suspicion: suspicion }).where('id', '=', userId).execute();
}

/** One account whose turn it is, as it was when it was listed. */
export interface DueSync {
  readonly userId: number;
  readonly synced: number;
  readonly due: number;
}

/**
 * Active people with a usable token whose repetition is due, or who were last in step before `before` and have signed in
 * or used a token since `since`; longest out of step first. Each account has its own second within `spread` seconds
 * around `before`, so that they do not all come at once. Times are unix seconds.
 */
export async function listDueSyncs(
  db: Db,
  when: {
    readonly now: number;
    readonly since: number;
    readonly before: number;
    readonly spread: number;
    readonly limit: number;
  },
): Promise<readonly DueSync[]> {
  const { now, since, before, spread, limit } = when;
  const rows = await db
    .selectFrom('users')
    .select(['id', 'synced', 'sync_due'])
    .where('is_active', '=', 1)
    .where('is_machine', '=', 0)
    .where(sql<boolean>`exists (select 1 from identities where identities.user_id = users.id
      and identities.access_sealed <> '' and identities.is_invalid = 0)`)
    .where(sql<boolean>`case when sync_due > 0 then sync_due <= ${now}
      else synced < ${before} + (users.id * 7919) % ${spread} - ${Math.floor(spread / 2)} and (last_login >= ${since}
        or exists (select 1 from tokens where tokens.user_id = users.id and tokens.last_used >= ${since})) end`)
    .orderBy('synced')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ userId: row.id, synced: row.synced, due: row.sync_due }));
}

/** Takes an account that is due; false when another server was faster. It is due again at `until`, should this one die. */
export async function claimDueSync(
  db: Db,
  { userId, synced, due }: DueSync,
  until: number,
): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ sync_due: until })
    .where('id', '=', userId)
    .where('synced', '=', synced)
    .where('sync_due', '=', due)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** How often in a row the Git service has said to the owner that the repository does not exist. */
export async function findMissingCount(db: Db, repoId: number): Promise<number> {
  const row = await db
    .selectFrom('repos')
    .select('missing_count')
    .where('id', '=', repoId)
    .executeTakeFirst();
  return row?.missing_count ?? 0;
}

/** One more answer of that kind, or the end of them. Returns how many there are now in a row. */
export async function noteMissing(db: Db, repoId: number, isMissing: boolean): Promise<number> {
  const row = await db
    .updateTable('repos')
    .set({ missing_count: isMissing ? sql<number>`missing_count + 1` : 0 })
    .where('id', '=', repoId)
    .returning('missing_count')
    .executeTakeFirst();
  return row?.missing_count ?? 0;
}

/** The service shows the repositories again. */
export async function clearMissing(db: Db, connectionId: number, seen: ReadonlySet<number>): Promise<void> {
  const rows = await db
    .selectFrom('repos')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('missing_count', '>', 0)
    .execute();
  for (const { id } of rows) if (seen.has(id)) await noteMissing(db, id, false);
}

/** The repositories of a connection that the account owns; those that have been missing the longest come last. */
export async function listOwnedRepos(
  db: Db,
  userId: number,
  connectionId: number,
): Promise<readonly { readonly id: number; readonly uid: string }[]> {
  return db
    .selectFrom('repos')
    .select(['id', 'uid'])
    .where('user_id', '=', userId)
    .where('connection_id', '=', connectionId)
    .orderBy('missing_count')
    .orderBy('id')
    .execute();
}
