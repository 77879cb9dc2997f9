import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppError } from '@sortie/core/errors';
import type { ActivationWorld } from '../routes/activation.fixture.ts';
import { findRepoHealth } from '../store/repo-health.ts';
import { openSilent } from './reconcile.fixture.ts';
import { compareDueRepos } from './reconcile-due.ts';

/** One pass of what the server does by itself. */
async function pass(
  world: ActivationWorld,
  times: { readonly pollSeconds: number; readonly lookSeconds: number },
) {
  const outcomes: (readonly [string, number | string])[] = [];
  await compareDueRepos({
    ...world,
    ...times,
    builtinConnectionId: 1,
    instance: 'ci.example.test',
    convert: world.config.convert,
    sourceOf: world.sourceOf,
    reportFailure: assert.fail,
    reportRepo: (slug, outcome: number | AppError) =>
      void outcomes.push([slug, typeof outcome === 'number' ? outcome : outcome.code]),
  });
  return outcomes;
}

test('polling builds what has moved, and nothing of what was there before', async (t) => {
  const world = await openSilent(t);
  const times = { pollSeconds: 60, lookSeconds: 3600 };
  assert.deepEqual(await pass(world, times), [['ada/demo', 0]]);
  assert.deepEqual(await world.builds(), []);
  const pushed = world.gogs.push('ada/demo');
  assert.deepEqual(await pass(world, times), [], 'the next poll is not due yet');
  world.advance(60_000);
  assert.deepEqual(await pass(world, times), [['ada/demo', 1]]);
  assert.deepEqual(await world.builds(), [['push', 'refs/heads/main', world.first, pushed]]);
});

test('the comparison without polling only looks', async (t) => {
  const world = await openSilent(t);
  const times = { pollSeconds: 0, lookSeconds: 3600 };
  world.gogs.push('ada/demo');
  assert.deepEqual(await pass(world, times), [['ada/demo', 1]]);
  assert.deepEqual(await world.builds(), []);
  assert.equal((await findRepoHealth(world.db, world.repo.id)).missed.length, 1);
  world.advance(3_600_000);
  assert.deepEqual(await pass(world, { pollSeconds: 0, lookSeconds: 0 }), []);
});

test('where webhooks do arrive, polling waits for one that may be on its way', async (t) => {
  const world = await openSilent(t);
  const times = { pollSeconds: 60, lookSeconds: 0 };
  world.gogs.traps.localAllowlist.push('127.0.0.1');
  world.gogs.restart();
  await world.gogs.settled();
  world.gogs.push('ada/demo');
  await world.gogs.settled();
  const known = (await world.builds()).length;
  world.gogs.traps.localAllowlist.length = 0;
  world.gogs.push('ada/demo', { message: 'Lost\n' });
  await pass(world, times);
  world.advance(60_000);
  await pass(world, times);
  assert.equal((await world.builds()).length, known);
  world.advance(60_000);
  await pass(world, times);
  assert.equal((await world.builds()).length, known + 1);
});

test('a service that is down is named, and everything missed is built when it is back', async (t) => {
  const world = await openSilent(t);
  const times = { pollSeconds: 60, lookSeconds: 0 };
  world.gogs.push('ada/demo');
  world.gogs.traps.htmlStatus = 502;
  assert.deepEqual(await pass(world, times), [['ada/demo', 'service-unavailable']]);
  world.gogs.traps.htmlStatus = undefined;
  world.advance(60_000);
  await pass(world, times);
  assert.equal((await world.builds()).length, 1);
});
