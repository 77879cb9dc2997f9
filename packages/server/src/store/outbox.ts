import type { Selectable } from 'kysely';
import type { Db, Tx } from './db.ts';
import type { OutboxTable } from './schema.ts';

/** What leaves the system: a commit status at a Git service, a webhook to a subscriber. */
export const OUTBOX_KINDS = ['status', 'webhook'] as const;
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

/** Due intents, oldest first. */
export async function listDueIntents(db: Db, now: number, limit: number): Promise<readonly Intent[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where('due', '<=', now)
    .orderBy('due')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.flatMap((row) => toIntent(row) ?? []);
}

/** Gives up on intents older than `created`, in unix seconds. */
export async function removeIntentsBefore(db: Db, created: number): Promise<void> {
  await db.deleteFrom('outbox').where('created', '<', created).execute();
}

function toIntent(row: Selectable<OutboxTable>): Intent | undefined {
  const kind = OUTBOX_KINDS.find((known) => known === row.kind);
  return kind && { ...row, kind };
}
