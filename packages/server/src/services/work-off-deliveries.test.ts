import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo } from '@sortie/testing/domain-builders';
import { openDatabase } from '../store/db.ts';
import { findDelivery, insertDelivery, settleDelivery } from '../store/deliveries.ts';
import { insertRepo } from '../store/repos.ts';
import { createDeliveryWorker, type HeldDelivery } from './work-off-deliveries.ts';

const DONE = { verdict: 'built', reason: '', message: '', buildId: 7, finished: 1 } as const;

async function setup(t: { after(work: () => Promise<void>): void }) {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  let keys = 0;
  const store = async (repoId: number, claimedUntilMs = 0) => {
    keys += 1;
    const place = { repoId, ref: '', before: '', after: '', sender: '', payload: '{}', created: 1 };
    return insertDelivery(db, { ...place, event: 'push', key: `k${keys}`, claimedUntilMs });
  };
  const clock = { nowMs: 1_000_000 };
  const failures: string[] = [];
  const worker = (work: (held: HeldDelivery) => Promise<void>) =>
    createDeliveryWorker({
      ...{ db, connectionIds: [1], nowMs: () => clock.nowMs, work },
      reportFailure: (message) => void failures.push(message),
    });
  const repos = await Promise.all([1, 2].map((at) => insertRepo(db, aRepo({ name: `r${at}` }))));
  return { db, store, worker, clock, failures, repoIds: repos.map(({ id }) => id) };
}

test('deliveries of one repository are worked off in their order, of several at once', async (t) => {
  const { store, worker, repoIds } = await setup(t);
  const [one = 0, two = 0] = repoIds;
  const deliveries = [await store(one), await store(one), await store(two)];
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const pool = worker(async ({ id, repoId }) => {
    running += 1;
    most = Math.max(most, running);
    if (repoId === two) gate.resolve();
    // The first of the other repository waits until both are under way.
    if (id === deliveries[0]?.id) await gate.promise;
    running -= 1;
    log.push(`${repoId}:${id}`);
  });
  const settled = pool.add(deliveries);
  assert.equal(pool.load, 3);
  await settled;
  assert.equal(pool.load, 0);
  assert.equal(most, 2);
  assert.deepEqual(
    log.filter((line) => line.startsWith(`${one}:`)),
    deliveries.slice(0, 2).map(({ id }) => `${one}:${id}`),
  );
});

test('what a server left unfinished is taken up: at once where it was alone, else when its claim has run out', async (t) => {
  const { db, store, worker, clock, repoIds } = await setup(t);
  const [repoId = 0] = repoIds;
  const delivery = await store(repoId, clock.nowMs + 60_000);
  const seen: number[] = [];
  const done = Promise.withResolvers<void>();
  const pool = worker(async ({ id }) => {
    seen.push(id);
    await settleDelivery(db, id, DONE);
    done.resolve();
  });
  assert.equal(await pool.resume(), 0);
  clock.nowMs += 60_001;
  assert.equal(await pool.resume(), 1);
  await done.promise;
  assert.deepEqual(seen, [delivery.id]);
  assert.equal(await pool.resume(), 0);
  await store(repoId, clock.nowMs + 60_000);
  assert.equal(await pool.resumeAll(), 1);
});

test('two servers that look at the same time take each delivery once', async (t) => {
  const { store, worker, repoIds } = await setup(t);
  const [repoId = 0] = repoIds;
  for (let count = 0; count < 10; count += 1) await store(repoId);
  const idle = async () => undefined;
  const taken = await Promise.all([worker(idle).resume(), worker(idle).resume()]);
  assert.equal(taken[0] + taken[1], 10);
});

test('a claim that is renewed does not run out, and a verdict is written once', async (t) => {
  const { db, store, worker, clock, repoIds } = await setup(t);
  const [repoId = 0] = repoIds;
  const gate = Promise.withResolvers<void>();
  const pool = worker(() => gate.promise);
  const delivery = await store(repoId, pool.claimUntilMs());
  const settled = pool.add([delivery]);
  clock.nowMs += 50_000;
  await pool.renew();
  clock.nowMs += 50_000;
  assert.equal(await worker(async () => undefined).resume(), 0);
  assert.equal(await settleDelivery(db, delivery.id, DONE), true);
  assert.equal(await settleDelivery(db, delivery.id, { ...DONE, buildId: 8 }), false);
  assert.equal((await findDelivery(db, repoId, delivery.id))?.buildId, 7);
  gate.resolve();
  await settled;
});

test('work that fails is reported and left to be taken up again, and a stopped worker takes nothing', async (t) => {
  const { db, store, worker, failures, repoIds } = await setup(t);
  const [repoId = 0] = repoIds;
  const delivery = await store(repoId);
  const pool = worker(async () => {
    throw new Error('no database');
  });
  await pool.add([delivery]);
  assert.deepEqual(failures, ['a stored delivery could not be worked off']);
  assert.equal((await findDelivery(db, repoId, delivery.id))?.verdict, 'received');
  await pool.stop();
  await pool.add([delivery]);
  assert.equal(failures.length, 1);
});
