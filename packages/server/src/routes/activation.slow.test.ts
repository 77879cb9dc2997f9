import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import { findRepoHealth } from '../store/repo-health.ts';
import { findRepoKeys } from '../store/repo-keys.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { openActivationWorld } from './activation.fixture.ts';

test('[scm H1] [scm H2] activation installs one hook, and again still one', async (t) => {
  const world = await openActivationWorld(t);
  for (const round of [1, 2]) {
    await world.enable();
    assert.equal(world.fake.hooks.length, 1, `round ${round}`);
  }
  await world.send('POST', '/repair');
  const [hook, ...others] = world.fake.hooks;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [hook?.url, hook?.active, hook?.contentType, hook?.events],
    [`${world.url}/hook`, true, 'json', ['create', 'delete', 'push', 'pull_request', 'release']],
  );
  assert.match(hook?.secret ?? '', /^[A-Za-z0-9]{32}$/);
});

test('[scm H3] [scm X32] a hook of another tool on the same host stays through activation and deactivation', async (t) => {
  const world = await openActivationWorld(t);
  const other = {
    id: 4711,
    url: `${world.url}/hook/of-another-tool`,
    contentType: 'json',
    secret: 'x',
    events: ['push'],
    active: true,
  };
  world.fake.hooks.push(other);
  await world.enable();
  assert.equal(world.fake.hooks.length, 2);
  await world.send('DELETE');
  assert.deepEqual(world.fake.hooks, [other]);
});

test('[scm H4] deactivation takes our hook away and says nothing of health when it could', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const answer = await world.send('DELETE');
  assert.equal(answer.json<WireRepo>().active, false);
  assert.equal(answer.json<WireRepo>().health, undefined);
  assert.deepEqual(world.fake.hooks, []);
  assert.equal((await world.health()).state, 'inactive');
});

test('[scm H4] a hook that cannot be removed does not keep the repository active, and is reported', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.gogs.revokeTokens('ada');
  const answer = await world.send('DELETE');
  assert.equal(answer.statusCode, 200);
  const { active, health } = answer.json<WireRepo>();
  assert.equal(active, false);
  assert.equal(health?.state, 'inactive');
  const hook = health?.checks.find(({ name }) => name === 'hook');
  assert.equal(hook?.state, 'warn');
  assert.match(hook?.message ?? '', /Gogs does not accept the token of ada/);
  assert.equal(world.fake.hooks.length, 1);
  assert.ok(world.failures.some((text) => text.includes('the webhook of ada/demo could not be removed')));
});

test('[scm H4] an administrator without an account at the service deactivates with the token of the owner', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const boss = await world.addUser({ login: 'boss', isAdmin: true });
  const answer = await world.send('DELETE', '', { as: boss });
  assert.equal(answer.json<WireRepo>().health, undefined);
  assert.deepEqual(world.fake.hooks, []);
});

test('[scm H5] who is no administrator at the service is told so; the repository stays inactive and no secret leaves', async (t) => {
  const world = await openActivationWorld(t);
  const repo = await findRepoBySlug(world.db, 'ada/demo');
  assert.ok(repo);
  // An administrator of the server passes our own check of rights.
  const boss = await world.addMember('boss', { isAdmin: true });
  world.gogs.setMode('ada/demo', 'boss', 'write');
  const answer = await world.send('POST', '', { as: boss });
  const problem = answer.json<{ error_code: string; message: string }>();
  assert.deepEqual(
    [answer.statusCode, problem.error_code, problem.message],
    [403, 'service-refused', 'You need admin rights on the Git host.'],
  );
  assert.equal((await findRepoBySlug(world.db, 'ada/demo'))?.isActive, false);
  assert.deepEqual(world.fake.hooks, []);
  const keys = await findRepoKeys(world.db, repo.id);
  assert.ok(!answer.body.includes(keys?.signer ?? '-'));
  assert.equal((await findRepoHealth(world.db, repo.id)).hookState, 'refused');
});

test('a repair finds a repository that was renamed at the service, and installs the webhook there', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.gogs.rename('ada/demo', 'ada/rocket');
  world.fake.hooks.splice(0);
  const answer = await world.send('POST', '/repair');
  assert.deepEqual([answer.statusCode, answer.json<{ slug: string }>().slug], [200, 'ada/rocket']);
  assert.deepEqual(
    world.fake.hooks.map(({ url }) => url),
    [`${world.url}/hook`],
  );
});

test('[scm H11] a machine account cannot activate a repository of a Git service', async (t) => {
  const world = await openActivationWorld(t);
  const robot = await world.addUser({ login: 'robot', isMachine: true, isAdmin: true });
  const answer = await world.send('POST', '', { as: robot });
  const problem = answer.json<{ error_code: string; hint: string }>();
  assert.deepEqual([answer.statusCode, problem.error_code], [422, 'machine-owner']);
  assert.match(problem.hint, /Let a person who administers ada\/demo at Gogs activate it/);
  assert.deepEqual(world.fake.hooks, []);
});

test('a service that is away leaves the repository inactive', async (t) => {
  const world = await openActivationWorld(t);
  world.gogs.traps.htmlStatus = 502;
  const answer = await world.send('POST');
  assert.equal(answer.json<{ error_code: string }>().error_code, 'service-unavailable');
  assert.equal((await findRepoBySlug(world.db, 'ada/demo'))?.isActive, false);
});

test('[scm H7] behind the local-network block activation succeeds with the setting to check, and is well once a delivery came', async (t) => {
  const world = await openActivationWorld(t, { gogs: { traps: { blocksLocalNetwork: true } } });
  const { gogs } = world;
  const { active, health } = await world.enable();
  assert.deepEqual([active, health?.state], [true, 'unproven']);
  const delivery = health?.checks.find(({ name }) => name === 'delivery');
  assert.match(
    delivery?.hint ?? '',
    /Add `127\.0\.0\.1` to `\[security\] LOCAL_NETWORK_ALLOWLIST` in the app\.ini of Gogs and restart it/,
  );
  gogs.push('ada/demo');
  await gogs.settled();
  assert.equal(gogs.deliveries[0]?.state, 'blocked');
  // The setting is changed and Gogs restarted: what was blocked comes now.
  gogs.traps.localAllowlist.push('127.0.0.1');
  gogs.restart();
  await gogs.settled();
  assert.ok(gogs.deliveries.every(({ state }) => state === 'delivered'));
  assert.deepEqual(await world.check('delivery'), ['ok', undefined]);
  assert.equal((await world.health()).state, 'ok');
});
