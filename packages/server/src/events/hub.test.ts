import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildChanged } from '@sortie/core/event';
import { type Database, inTransaction, openDatabase } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';
import { createEventHub } from './hub.ts';
import { createSignal } from './signal.ts';

function it(title: string, body: (database: Database) => Promise<void>): void {
  test(title, async () => {
    const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    try {
      await body(database);
    } finally {
      await database.close();
    }
  });
}

async function append({ db }: Database, repoId: number): Promise<number> {
  return inTransaction(db, (tx) => appendEvent(tx, { repoId, buildId: 1, change: 'updated', created: 1 }));
}

async function take(events: AsyncIterable<BuildChanged>, count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for await (const event of events) {
    taken.push(event.seq);
    if (taken.length === count) break;
  }
  return taken;
}

const signal = new AbortController().signal;

it('a reader resumes after the event it saw last and misses none', async (database) => {
  const hub = createEventHub({ db: database.db });
  const written: number[] = [];
  for (let count = 0; count < 250; count += 1) written.push(await append(database, 1));
  const read = await take(hub.subscribe({ afterSeq: written[9] ?? 0, signal }), 240);
  assert.deepEqual(read, written.slice(10));
});

it('a reader of the present state gets the last of several events about one build', async (database) => {
  const hub = createEventHub({ db: database.db });
  const append = (buildId: number): Promise<number> =>
    inTransaction(database.db, (tx) =>
      appendEvent(tx, { repoId: 1, buildId, change: 'updated', created: 1 }),
    );
  const written: number[] = [];
  for (const buildId of [1, 2, 1, 3, 1]) written.push(await append(buildId));
  const read = await take(hub.subscribe({ afterSeq: 0, isNewestEnough: true, signal }), 3);
  assert.deepEqual(read, [written[1], written[3], written[4]]);
});

it('a waiting reader is woken by a new event and sees only what passes its filter', async (database) => {
  const hub = createEventHub({ db: database.db });
  const reading = take(hub.subscribe({ afterSeq: 0, filter: (event) => event.repoId === 2, signal }), 1);
  await append(database, 1);
  const wanted = await append(database, 2);
  hub.publish();
  assert.deepEqual(await reading, [wanted]);
});

it('a reader without a position begins at the present', async (database) => {
  const hub = createEventHub({ db: database.db });
  await append(database, 1);
  const events = hub.subscribe({ signal })[Symbol.asyncIterator]();
  const first = events.next();
  // The reader has taken its position once a query of ours comes back: SQLite answers in order.
  await database.db.selectFrom('events').select('seq').execute();
  await database.db.selectFrom('events').select('seq').execute();
  const wanted = await append(database, 1);
  hub.publish();
  assert.equal((await first).value?.seq, wanted);
  await events.return?.();
});

it('a reader ends when it is told to', async (database) => {
  const leaving = new AbortController();
  const reading = take(createEventHub(database).subscribe({ afterSeq: 0, signal: leaving.signal }), 1);
  leaving.abort();
  assert.deepEqual(await reading, []);
});

test('a firing between looking and waiting is not missed', async () => {
  const changed = createSignal();
  const since = changed.version;
  changed.fire();
  await changed.wait({ since });
});

test('a wait ends by its time', async () => {
  const changed = createSignal();
  await changed.wait({ since: changed.version, timeoutMs: 1 });
});
