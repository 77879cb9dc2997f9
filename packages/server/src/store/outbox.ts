import { type Selectable, sql } from 'kysely';
import { type Db, inTransaction, locksRows, type Tx } from './db.ts';
import type { OutboxTable } from './tables-builds.ts';

/**
 * What leaves the system: a commit status at a Git service, the same because a pipeline of the build has changed, a
 * webhook to a subscriber.
 */
export const OUTBOX_KINDS = ['status', 'pipelines', 'webhook'] as const;
export type OutboxKind = (typeof OUTBOX_KINDS)[number];

/** Something to be sent. Written in the transaction that is its cause, delivered at least once afterwards. */
export interface Intent {
  readonly id: number;
  readonly kind: OutboxKind;
  /** Intents of one kind and subject leave in order, for example `build:17`. */
  readonly subject: string;
  /** JSON. */
  readonly payload: string;
  readonly attempts: number;
  /** Unix seconds: not to be tried earlier. */
  readonly due: number;
  readonly created: number;
}

export async function insertIntent(
  tx: Tx,
  intent: {
    readonly kind: OutboxKind;
    readonly subject: string;
    readonly payload: object;
    readonly now: number;
  },
): Promise<void> {
  const { kind, subject, payload, now } = intent;
  await tx
    .insertInto('outbox')
    .values({ kind, subject, payload: JSON.stringify(payload), due: now, created: now })
    .execute();
}

/** As `insertIntent`, unless one of the kind and subject waits that nobody has taken up yet. */
export async function insertIntentOnce(tx: Tx, intent: Parameters<typeof insertIntent>[1]): Promise<void> {
  const waiting = await tx
    .selectFrom('outbox')
    .select('id')
    .where('kind', '=', intent.kind)
    .where('subject', '=', intent.subject)
    .where('attempts', '=', 0)
    .limit(1)
    .executeTakeFirst();
  if (waiting === undefined) await insertIntent(tx, intent);
}

/** Due intents, oldest first; of some kinds only when they are given. */
export async function listDueIntents(
  db: Db,
  now: number,
  limit: number,
  kinds: readonly OutboxKind[] = OUTBOX_KINDS,
): Promise<readonly Intent[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where('due', '<=', now)
    .where('kind', 'in', [...kinds])
    .orderBy('due')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap((row) => toIntent(row) ?? []);
}

/**
 * Takes all intents of a subject up, until `until` in unix seconds, and counts the attempt. None when somebody else
 * works on one of them or one has to wait: then all of them wait for the same time, so that they leave together. Of
 * several servers one gets them.
 */
export function claimIntents(
  db: Db,
  claim: {
    readonly kinds: readonly OutboxKind[];
    readonly subject: string;
    readonly now: number;
    readonly until: number;
  },
): Promise<readonly Intent[]> {
  const { kinds, subject, now, until } = claim;
  return inTransaction(db, async (tx) => {
    const rows = await tx
      .selectFrom('outbox')
      .selectAll()
      .where('kind', 'in', [...kinds])
      .where('subject', '=', subject)
      .orderBy('id')
      .$if(locksRows(tx), (query) => query.forUpdate())
      .execute();
    const ids = rows.map(({ id }) => id);
    const latest = Math.max(...rows.map(({ due }) => due));
    if (latest > now) await postponeIntents(tx, ids, latest);
    if (rows.length === 0 || latest > now) return [];
    const taken = await tx
      .updateTable('outbox')
      .set({ due: until, attempts: sql`attempts + 1` })
      .where('id', 'in', ids)
      .returningAll()
      .execute();
    return taken.flatMap((row) => toIntent(row) ?? []);
  });
}

/** They are not tried again before `due`, in unix seconds. */
export async function postponeIntents(db: Db, ids: readonly number[], due: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable('outbox')
    .set({ due })
    .where('id', 'in', [...ids])
    .execute();
}

export async function removeIntents(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .deleteFrom('outbox')
    .where('id', 'in', [...ids])
    .execute();
}

/** Gives up on intents older than `created`, in unix seconds. */
export async function removeIntentsBefore(db: Db, created: number): Promise<void> {
  await db.deleteFrom('outbox').where('created', '<', created).execute();
}

function toIntent(row: Selectable<OutboxTable>): Intent | undefined {
  const kind = OUTBOX_KINDS.find((known) => known === row.kind);
  return kind && { ...row, kind };
}
