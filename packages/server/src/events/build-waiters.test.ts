import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Database, inTransaction, openDatabase } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';
import { createBuildWaiters } from './build-waiters.ts';
import { createEventHub, type EventHub } from './hub.ts';

const NEVER = new AbortController().signal;

interface World {
  readonly database: Database;
  readonly hub: EventHub;
  readonly waiters: ReturnType<typeof createBuildWaiters<number>>;
  /** Moves the build to a state and tells of it. */
  move(buildId: number, state: number): Promise<void>;
  /** The builds that have been loaded, in order. */
  readonly loads: readonly number[];
  readers(): number;
}

/** Waiters over builds whose state is a number; a build without one is gone. */
function it(title: string, body: (world: World) => Promise<void>): void {
  test(title, async () => {
    const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    const hub = createEventHub({ db: database.db });
    const states = new Map([
      [1, 0],
      [2, 0],
    ]);
    const loads: number[] = [];
    let readers = 0;
    const events: Pick<EventHub, 'subscribe'> = {
      async *subscribe(options) {
        readers += 1;
        try {
          yield* hub.subscribe(options);
        } finally {
          readers -= 1;
        }
      },
    };
    const load = async (buildId: number) => {
      loads.push(buildId);
      return states.get(buildId);
    };
    const waiters = createBuildWaiters<number>({ db: database.db, events, load });
    const move = async (buildId: number, state: number) => {
      if (state < 0) states.delete(buildId);
      else states.set(buildId, state);
      await inTransaction(database.db, (tx) =>
        appendEvent(tx, { repoId: 1, buildId, change: 'updated', created: 1 }),
      );
      hub.publish();
    };
    await body({ database, hub, waiters, move, loads, readers: () => readers });
    await database.close();
  });
}

/** SQLite answers in order: behind these, everything that was asked before has been answered. */
async function settled({ database }: World): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await database.db.selectFrom('events').select('seq').execute();
}

function until(state: number, signal: AbortSignal = NEVER, timeoutMs = 60_000) {
  return { isReached: (view: number) => view >= state, timeoutMs, signal };
}

it('a hundred who wait for one build share one reader and one look at each change', async (world) => {
  const waiting = Promise.all(Array.from({ length: 100 }, () => world.waiters.wait(1, until(2))));
  const other = world.waiters.wait(2, until(1));
  await settled(world);
  assert.equal(world.readers(), 1);
  await world.move(1, 1);
  await settled(world);
  await world.move(1, 2);
  assert.deepEqual(new Set((await waiting).map(({ view }) => view)), new Set([2]));
  await world.move(2, 1);
  assert.deepEqual(await other, { view: 1, isReached: true });
  assert.deepEqual(world.loads, [1, 2, 1, 1, 2]);
  await settled(world);
  assert.equal(world.readers(), 0);
});

it('whoever leaves or waits long enough gets the state as it is, and nothing stays behind', async (world) => {
  const leaving = new AbortController();
  const left = world.waiters.wait(1, until(1, leaving.signal));
  const timed = world.waiters.wait(2, until(1, NEVER, 1));
  await settled(world);
  leaving.abort();
  assert.deepEqual(await left, { view: 0, isReached: false });
  assert.deepEqual(await timed, { view: 0, isReached: false });
  await settled(world);
  assert.equal(world.readers(), 0);
});

it('a build that is removed ends the wait', async (world) => {
  const waiting = world.waiters.wait(1, until(1));
  await settled(world);
  await world.move(1, -1);
  assert.deepEqual(await waiting, { view: undefined, isReached: true });
});

it('a change between the first look and the wait is not missed', async (world) => {
  const waiting = world.waiters.wait(1, until(1));
  await world.move(1, 1);
  assert.equal((await waiting).view, 1);
});

it('a database that is gone is told to all who wait', async (world) => {
  const waiting = [world.waiters.wait(1, until(1)), world.waiters.wait(2, until(1))];
  const refused = waiting.map((wait) => assert.rejects(wait, { code: 'database-unavailable' }));
  await settled(world);
  await world.database.close();
  world.hub.publish();
  await Promise.all(refused);
  await assert.rejects(world.waiters.wait(1, until(1)), { code: 'database-unavailable' });
});
