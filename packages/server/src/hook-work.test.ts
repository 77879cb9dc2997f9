import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gitServices } from './connections/open-services.ts';
import { createScmSource } from './connections/scm-source.ts';
import { openHookWork } from './hook-work.ts';
import { openHookWorld, PIPELINE } from './routes/hook-world.fixture.ts';

test('what a killed server had accepted is built by the next one, and once only when the first was merely slow', async (t) => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const real = Promise.withResolvers<ReturnType<typeof createScmSource>>();
  const slow = {
    findCommit: async () => undefined,
    async commitWithFile(...args: Parameters<ReturnType<typeof createScmSource>['commitWithFile']>) {
      reached.resolve();
      await gate.promise;
      return (await real.promise).commitWithFile(...args);
    },
  };
  const world = await openHookWorld(t, { app: { hookWaitMs: 0, sourceOf: () => slow } });
  const { service, broker, db, events, queue, sealer, now, nowMs, config } = world;
  const source = createScmSource({ service, broker });
  world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  await world.gogs.settled();
  await reached.promise;
  assert.equal(world.gogs.deliveries.at(-1)?.status, 202);
  const built = Promise.withResolvers<void>();
  const failures: string[] = [];
  const next = openHookWork({
    ...{ db, events, queue, sealer, now, nowMs, broker, services: gitServices([service]) },
    ...{ config: config.hooks, convert: config.convert, instance: 'ci.example.test' },
    sourceOf: () => source,
    reportFailure: (message) => void failures.push(message),
    report: () => built.resolve(),
  });
  assert.equal(await next.worker.resumeAll(), 1);
  await built.promise;
  const [delivery] = await world.deliveries();
  assert.equal(delivery?.verdict, 'built');
  real.resolve(source);
  gate.resolve();
  await world.app.close();
  assert.equal((await world.builds()).length, 1);
  assert.deepEqual([failures, world.failures], [[], []]);
});

test('work that takes longer than its budget fails, and what comes of it later is not written', async (t) => {
  const gate = Promise.withResolvers<void>();
  const stuck = {
    findCommit: async () => undefined,
    commitWithFile: () => gate.promise.then(() => undefined),
  };
  const world = await openHookWorld(t, { app: { hookWaitMs: 0, sourceOf: () => stuck } });
  const { service, broker, db, events, queue, sealer, now, nowMs, config } = world;
  world.gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } });
  await world.gogs.settled();
  const failed = Promise.withResolvers<string>();
  const next = openHookWork({
    ...{ db, events, queue, sealer, now, nowMs, broker, services: gitServices([service]), budgetMs: 1 },
    ...{ config: config.hooks, convert: config.convert, instance: 'ci.example.test' },
    sourceOf: () => stuck,
    reportFailure: failed.resolve,
    report: () => undefined,
  });
  await next.worker.resumeAll();
  assert.match(await failed.promise, /^delivery \d+ of ada\/demo failed$/);
  const [delivery] = await world.deliveries();
  assert.deepEqual([delivery?.verdict, delivery?.reason], ['failed', 'service-unavailable']);
  gate.resolve();
  await world.app.close();
  assert.equal((await world.deliveries())[0]?.verdict, 'failed');
});
