import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openActivationWorld } from '../routes/activation.fixture.ts';
import { findRepoHealth } from '../store/repo-health.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { createScmForge } from './scm-forge.ts';

test('[scm H2] two activations at once leave one webhook', async (t) => {
  const world = await openActivationWorld(t);
  const answers = await Promise.all([world.send('POST'), world.send('POST'), world.send('POST')]);
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200],
  );
  assert.equal(world.fake.hooks.length, 1);
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.equal((await findRepoHealth(world.db, repo?.id ?? 0)).hookId, String(world.fake.hooks[0]?.id));
});

test('[scm H2] two servers that activate at once leave one webhook, which both know', async (t) => {
  const world = await openActivationWorld(t);
  const { db, ada, broker, service } = world;
  const repo = await findRepoBySlug(db, 'ada/demo');
  assert.ok(repo);
  await world.enable();
  const signerOf = () => Promise.resolve('an-equal-secret');
  const anotherServer = () =>
    createScmForge({ service, broker, hookUrl: `${world.url}/hook`, hookEvents: ['push'], signerOf });
  // Both have looked before either has made one.
  world.fake.hooks.splice(0);
  const made = await Promise.all([1, 2, 3].map(() => anotherServer().installHook(ada, repo)));
  assert.equal(world.fake.hooks.length, 1);
  assert.ok(made.some((hook) => hook?.id === String(world.fake.hooks[0]?.id)));
});
