import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { aPiece, runThrough, take } from '@sortie/testing/queue-runs';
import { cancel, openQueueWorld, storedBuild, storedLog } from '@sortie/testing/queue-views';
import { aStageReport, aStep, type QueueWorld } from '@sortie/testing/queue-world';
import { parseConfig } from '../config.ts';
import { removeOldBuilds } from './remove-old-builds.ts';

const DAY_MS = 86_400_000;

async function openWorld(t: { after(work: () => Promise<void>): void }): Promise<QueueWorld> {
  const world = await openQueueWorld();
  t.after(() => world.close());
  return world;
}

const idsOf = async ({ db }: QueueWorld) =>
  (await db.selectFrom('builds').select('id').orderBy('id').execute()).map(({ id }) => id);

const remove = (world: QueueWorld, ageMs: number, signal = new AbortController().signal) =>
  removeOldBuilds({ db: world.db, logs: world.logs, signal }, world.now() - ageMs / 1000);

test('[W 40] builds that ended long ago go with steps and logs, younger ones stay', async (t) => {
  const world = await openWorld(t);
  const { repo, build: old } = await world.start();
  const { lease } = await take(world);
  const [step] = await world.queue.begin(lease, [aStep()]);
  await world.queue.appendLog(lease, step?.id ?? 0, aPiece(0, 'hello\n'));
  await world.queue.finish(lease, aStageReport({ stopped: world.now() }));
  const before = await storedBuild(world, old.id);
  assert.equal((await storedLog(world, before)).text, 'hello\n');
  world.advance(2 * DAY_MS);
  const { build: young } = await world.start([aStageDraft()], { in: repo });
  await runThrough(world, await take(world));
  const { build: newest } = await world.start([aStageDraft()], { in: repo });
  assert.equal(await remove(world, DAY_MS), 1);
  assert.deepEqual(await idsOf(world), [young.id, newest.id]);
  for (const table of ['steps', 'logs'] as const) {
    assert.equal((await world.db.selectFrom(table).selectAll().execute()).length, 1, table);
  }
  assert.equal((await storedLog(world, before)).text, '');
  assert.equal(await remove(world, DAY_MS), 0);
});

test('[W 40] the newest build of a repository stays, and one that waits or runs, however old', async (t) => {
  const world = await openWorld(t);
  const { repo, build: running } = await world.start();
  await take(world);
  const { build: ended } = await world.start([aStageDraft({ type: 'exec' })], { in: repo });
  await cancel(world, ended.id);
  const { build: waiting } = await world.start([aStageDraft({ type: 'exec' })], { in: repo });
  const { build: newest } = await world.start([aStageDraft({ type: 'exec' })], { in: repo });
  await cancel(world, newest.id);
  const { build: alone } = await world.start([aStageDraft({ type: 'exec' })]);
  await cancel(world, alone.id);
  world.advance(30 * DAY_MS);
  assert.equal(await remove(world, DAY_MS), 1);
  assert.deepEqual(await idsOf(world), [running.id, waiting.id, newest.id, alone.id]);
});

test('[W 40] many builds go in several passes, and none begins when the server stops', async (t) => {
  const world = await openWorld(t);
  const { repo, build } = await world.start();
  await cancel(world, build.id);
  for (let count = 0; count < 120; count += 1) {
    await cancel(world, (await world.start([aStageDraft()], { in: repo })).build.id);
  }
  world.advance(2 * DAY_MS);
  assert.equal(await remove(world, DAY_MS, AbortSignal.abort()), 0);
  assert.equal(await remove(world, DAY_MS), 120);
});

test('[W 40] nothing is removed unless the settings say after which time', () => {
  assert.equal(parseConfig({}, () => '').retention.buildsMs, 0);
  assert.equal(parseConfig({ SORTIE_RETENTION: '720h' }, () => '').retention.buildsMs, 30 * DAY_MS);
});
