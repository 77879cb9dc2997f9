import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, aStageDraft, TEST_NOW } from '@sortie/testing/domain-builders';
import { createQueueWorld } from '@sortie/testing/queue-world';
import { sql } from 'kysely';
import { inTransaction } from './db.ts';
import { claimStages } from './leases.ts';
import { openPostgres } from './postgres.fixture.ts';

const NOW_MS = TEST_NOW * 1000;
const HAND_OUT = { tokenId: 7, runnerKey: 'token:7', poller: 'p', machine: '' };

test('stages are handed out by connections that kept their plans when a newer server has changed the tables', async (t) => {
  const world = await createQueueWorld(await openPostgres());
  t.after(() => world.close());
  const { db } = world;
  const claim = () =>
    inTransaction(db, (tx) => {
      const lease = { nowMs: NOW_MS, expiresMs: NOW_MS + 15_000, kind: 'rpc-offer', count: 1 } as const;
      return claimStages(tx, aRunner(), { ...lease, handOut: HAND_OUT });
    });
  for (let count = 0; count < 16; count += 1) await world.start([aStageDraft()]);
  // PostgreSQL keeps a plan for all values once it has made five for given ones.
  for (let count = 0; count < 7; count += 1) assert.equal((await claim()).length, 1);
  // Several connections have one.
  await Promise.all(Array.from({ length: 4 }, claim));
  const { rows } = await sql`select name from pg_prepared_statements where name like 'sortie_%'`.execute(db);
  assert.ok(rows.length > 0, 'no plan is kept');
  await sql`alter table stages add column newer bigint not null default 0`.execute(db);
  for (let count = 0; count < 5; count += 1) assert.equal((await claim()).length, 1);
  assert.deepEqual(await claim(), []);
});
