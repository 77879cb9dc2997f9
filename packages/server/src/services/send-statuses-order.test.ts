import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ALIVE, openDriver } from '@sortie/scm/rest/test-drivers';
import { aRepo } from '@sortie/testing/domain-builders';
import { TIP } from '@sortie/testing/fake-forge-state';
import { ensureConnection } from '../store/connections.ts';
import { insertRepo } from '../store/repos.ts';
import type { GitService } from './git-service.ts';
import { createStatusSender } from './send-statuses.ts';
import { CI, openStatusWorld } from './status-world.fixture.ts';

test('builds of one commit are told of one after the other, so that the newest has the last word', async (t) => {
  const { driver, close } = await openDriver('gitea');
  t.after(close);
  const told: string[] = [];
  const slow: typeof driver = {
    ...driver,
    async createStatus(_token, _slug, _sha, { title }) {
      told.push(`${title} begins`);
      // Longer than the other one takes to get here.
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
      told.push(`${title} ends`);
    },
  };
  const world = await openStatusWorld(t, () => slow);
  for (const _ of [1, 2]) await world.start(undefined, { in: world.repo, build: { after: TIP } });
  await world.pass();
  assert.deepEqual(told, ['Build #1 begins', 'Build #1 ends', 'Build #2 begins', 'Build #2 ends']);
});

test('a service that does not answer holds up nobody but itself', async (t) => {
  const { driver, close } = await openDriver('gitea');
  t.after(close);
  const told: string[] = [];
  const answer = Promise.withResolvers<void>();
  const asleep = Promise.withResolvers<void>();
  const createStatus: typeof driver.createStatus = async (_token, slug) => {
    if (slug === 'acme/rocket') asleep.resolve();
    if (slug === 'acme/rocket') await answer.promise;
    told.push(slug);
  };
  const world = await openStatusWorld(t, () => ({ ...driver, createStatus }));
  const { db, now, service: slow, repo } = world;
  const connection = await ensureConnection(db, {
    kind: 'gitea',
    name: 'second',
    url: 'https://git.example',
  });
  const quick: GitService = { ...slow, connection };
  const other = await insertRepo(db, aRepo({ connectionId: connection.id, name: 'quick' }));
  const find = (id: number) => (id === connection.id ? quick : slow);
  const sender = createStatusSender({
    ...{ db, now, publicUrl: CI, explain: async () => new Map(), patienceMs: 0 },
    services: { all: [slow, quick], find, require: find, byName: () => slow },
    broker: { use: ({ connectionId }, call) => call(ALIVE, find(connectionId)) },
    rules: { isEnabled: true, name: 'ci', hasPipelines: false, commentsOnGogs: false },
    log: {
      warn: (_fields, message) => assert.fail(message),
      error: (_fields, message) => assert.fail(message),
    },
  });
  await world.start(undefined, { in: repo, build: { after: TIP } });
  await sender.pass();
  await asleep.promise;
  await world.start(undefined, { in: repo, build: { after: '1'.repeat(40) } });
  await world.start(undefined, { in: other, build: { after: TIP } });
  // As often as the clock of the server would have it, until the other service was told.
  while (told.length === 0) await sender.pass();
  assert.deepEqual(told, [other.slug]);
  answer.resolve();
  await sender.settled();
  assert.deepEqual(told, [other.slug, repo.slug]);
  world.advance(1_000);
  await sender.pass();
  await sender.settled();
  assert.deepEqual(told, [other.slug, repo.slug, repo.slug]);
});
