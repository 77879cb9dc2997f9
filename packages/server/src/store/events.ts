import type { BuildChanged } from '@sortie/core/event';
import { type Selectable, sql } from 'kysely';
import { type Db, locksRows, type Tx } from './db.ts';
import type { Schema } from './schema.ts';

/** Any constant: transactions that append to the log take turns on it. */
const EVENT_LOCK = 7_319_002;

/**
 * Appends to the log, notes the sequence number with the build and returns it. On PostgreSQL numbers are drawn before a commit, so
 * without turns a reader could pass over a smaller number that becomes visible later. To be called last in a
 * transaction, because others wait from here on.
 */
export async function appendEvent(tx: Tx, event: Omit<BuildChanged, 'seq'>): Promise<number> {
  if (locksRows(tx)) await sql`select pg_advisory_xact_lock(${EVENT_LOCK})`.execute(tx);
  const row = await tx
    .insertInto('events')
    .values({
      repo_id: event.repoId,
      build_id: event.buildId,
      change: event.change,
      created: event.created,
    })
    .returning('seq')
    .executeTakeFirstOrThrow();
  await tx.updateTable('builds').set({ sequence: row.seq }).where('id', '=', event.buildId).execute();
  return row.seq;
}

/** Oldest first. */
export async function listEventsAfter(db: Db, seq: number, limit: number): Promise<readonly BuildChanged[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map(toEvent);
}

/** The newest sequence number; 0 when nothing has ever happened. */
export async function lastSeq(db: Db): Promise<number> {
  const row = await db.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row?.seq ?? 0;
}

/** Forgets events older than `created`, but never the newest one, which holds the position. */
export async function removeEventsBefore(db: Db, created: number): Promise<void> {
  await db
    .deleteFrom('events')
    .where('created', '<', created)
    .where('seq', '<', await lastSeq(db))
    .execute();
}

function toEvent(row: Selectable<Schema['events']>): BuildChanged {
  return {
    seq: row.seq,
    repoId: row.repo_id,
    buildId: row.build_id,
    change: row.change,
    created: row.created,
  };
}
