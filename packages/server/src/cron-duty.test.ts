import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo, aUser, TEST_KEY } from '@sortie/testing/domain-builders';
import { createFakeSource } from '@sortie/testing/fake-source';
import { openQueueWorld } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { parseConfig } from './config.ts';
import { type CronDutyDeps, startCronDuty } from './cron-duty.ts';
import { createSignal } from './events/signal.ts';
import { createSealer } from './seal/sealer.ts';
import { listBuilds } from './store/builds.ts';
import { insertCron } from './store/crons.ts';
import { insertRepo } from './store/repos.ts';
import { insertUser } from './store/users.ts';

function dutyDeps(
  world: QueueWorld,
  log: CronDutyDeps['log'],
  env: Record<string, string> = {},
): CronDutyDeps {
  const { db, events, queue, now, nowMs } = world;
  const source = createFakeSource();
  source.commit('refs/heads/main');
  return {
    ...{ db, events, queue, now, nowMs, log },
    config: parseConfig(env, () => ''),
    sealer: createSealer([TEST_KEY]),
    instance: 'ci',
    changed: createSignal(),
    sourceOf: () => source,
  };
}

async function addDue(world: QueueWorld, patch: { name: string; branch: string }) {
  const owner = await insertUser(world.db, aUser({ login: patch.name }));
  const repo = await insertRepo(world.db, aRepo({ userId: owner.id, name: patch.name }));
  const times = { next: world.now(), prev: 0, created: 0, updated: 0 };
  const job = { ...patch, ...times, repoId: repo.id, expr: '@daily', target: '', isDisabled: false };
  return insertCron(world.db, job);
}

test('cron jobs that are due start builds, and the log says what became of each', async (t) => {
  const world = await openQueueWorld();
  t.after(() => world.close());
  const good = await addDue(world, { name: 'good', branch: 'main' });
  await addDue(world, { name: 'bad', branch: 'gone' });
  const lines: string[] = [];
  const both = Promise.withResolvers<void>();
  const note = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push(`${level} ${fields.repo} ${message}`);
    if (lines.length === 2) both.resolve();
  };
  const log = { info: note('info'), warn: note('warn'), error: note('error') };
  const stop = startCronDuty(dutyDeps(world, log));
  await both.promise;
  await stop();
  assert.deepEqual(lines, [
    'info octocat/good a cron job started a build',
    'warn octocat/bad a cron job built nothing: there is no branch gone',
  ]);
  assert.equal((await listBuilds(world.db, good.repoId, { limit: 9 })).length, 1);
});

test('with DRONE_CRON_DISABLED nobody looks for cron jobs', async () => {
  const world = await openQueueWorld();
  // Whoever looks now fails and says so.
  await world.close();
  const failures: string[] = [];
  const quiet = () => undefined;
  const log = {
    info: quiet,
    warn: quiet,
    error: (_: unknown, message: string) => void failures.push(message),
  };
  await startCronDuty(dutyDeps(world, log, { DRONE_CRON_DISABLED: 'true' }))();
  assert.deepEqual(failures, []);
  await startCronDuty(dutyDeps(world, log))();
  assert.match(failures.join(), /could not be looked for/);
});
