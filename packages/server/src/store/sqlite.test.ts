import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { idempotencyContract } from '@sortie/testing/idempotency-contract';
import { queueContract } from '@sortie/testing/queue-contract';
import { storeContract } from '@sortie/testing/store-contract';
import { sql } from 'kysely';
import { inTransaction, openDatabase } from './db.ts';
import { writeMeta } from './meta.ts';

const open = () => openDatabase({ driver: 'sqlite', path: ':memory:' });

storeContract('SQLite', open);
idempotencyContract('SQLite', open);
queueContract('SQLite', open);

test('a transaction that a full disk has ended says so, and the next one works', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-sqlite-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { db, close } = await openDatabase({ driver: 'sqlite', path: join(folder, 'database.sqlite') });
  t.after(close);
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql`pragma max_page_count = ${sql.raw(String(rows[0]?.page_count))}`.execute(db);
  const fill = inTransaction(db, (tx) => writeMeta(tx, 'large', 'x'.repeat(1_000_000)));
  await assert.rejects(fill, { code: 'disk-full' });
  await sql`pragma max_page_count = 1000000`.execute(db);
  await inTransaction(db, (tx) => writeMeta(tx, 'large', 'x'.repeat(1_000_000)));
});
