import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireConnection } from '@sortie/contract/connections';
import type { WireRepo } from '@sortie/contract/repos';
import type { Driver } from '@sortie/scm/driver';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import type { FakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { openRepoWorld } from '@sortie/testing/repo-world';
import { updateUser } from '../store/users.ts';
import { openActivationWorld } from './activation.fixture.ts';

test('[scm C8] health names what was looked at, and that Gogs shows no statuses', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.gogs.push('ada/demo');
  await world.gogs.settled();
  const { state, checks, last_delivery, hook_installed } = await world.health();
  assert.equal(state, 'ok');
  assert.deepEqual(
    checks.map((check) => [check.name, check.state]),
    [
      ['service', 'ok'],
      ['owner', 'ok'],
      ['token', 'ok'],
      ['permission', 'ok'],
      ['hook', 'ok'],
      ['address', 'info'],
      ['delivery', 'ok'],
      ['refs', 'ok'],
      ['statuses', 'info'],
    ],
  );
  assert.deepEqual([last_delivery, hook_installed], [world.now(), world.now()]);
  assert.equal(checks.at(-1)?.message, 'Gogs has no commit statuses: results are shown here only.');
});

test('a hook that was deleted at the service is found when somebody asks, and by itself after some minutes', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.fake.hooks.length = 0;
  assert.equal((await world.check('hook'))[0], 'ok');
  const [state, hint] = await world.check('hook', true);
  assert.equal(state, 'fail');
  assert.match(hint ?? '', /POST \/api\/repos\/ada\/demo\/repair/);
  assert.equal((await world.health()).state, 'broken');
  await world.send('POST', '/repair');
  assert.equal((await world.check('hook'))[0], 'ok');
  world.fake.hooks.length = 0;
  world.advance(601_000);
  assert.equal((await world.check('hook'))[0], 'fail');
});

test('a hook that is switched off counts as missing', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  for (const hook of world.fake.hooks) hook.active = false;
  const { checks } = await world.health(true);
  assert.equal(checks.find(({ name }) => name === 'hook')?.message, 'The webhook at Gogs is switched off.');
});

test('a page that is opened often asks the service once', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.advance(601_000);
  await world.health();
  const before = world.gogs.requests.length;
  for (let round = 0; round < 5; round += 1) await world.health();
  assert.equal(world.gogs.requests.length, before);
});

test('a dead token, a deactivated owner and a service that is down are told apart', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  world.gogs.traps.htmlStatus = 502;
  assert.equal((await world.check('service', true))[0], 'fail');
  world.gogs.traps.htmlStatus = undefined;
  assert.equal((await world.check('service', true))[0], 'ok');

  world.gogs.revokeTokens('ada');
  const [state, hint] = await world.check('token', true);
  assert.deepEqual([state, hint], ['fail', 'ada must sign in with Gogs again.']);
  await world.setToken(world.ada, { access: world.gogs.addToken('ada') });
  assert.equal((await world.check('token', true))[0], 'ok');

  await updateUser(world.db, world.ada.id, { isActive: false });
  const boss = await world.addUser({ login: 'boss', isAdmin: true });
  const answer = await world.send('GET', '/health', { as: boss });
  const owner = answer.json<{ checks: { name: string; message: string }[] }>().checks[1];
  assert.deepEqual([owner?.name, owner?.message], ['owner', 'The owner ada has been deactivated.']);
});

test('an owner who no longer administers the repository is told, and the hook still counts', async (t) => {
  const world = await openActivationWorld(t);
  const bob = await world.addMember('bob');
  world.gogs.setMode('ada/demo', 'bob', 'admin');
  await world.app.inject({ method: 'POST', url: '/api/user/repos', headers: await world.bearer(bob) });
  assert.equal((await world.send('POST', '', { as: bob })).statusCode, 200);
  world.gogs.setMode('ada/demo', 'bob', 'write');
  assert.equal((await world.check('permission', true))[0], 'warn');
  assert.equal((await world.check('hook'))[0], 'ok');
});

test('the token of another administrator stands in, which is worth a warning', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const bob = await world.addMember('bob');
  world.gogs.setMode('ada/demo', 'bob', 'admin');
  await world.app.inject({ method: 'POST', url: '/api/user/repos', headers: await world.bearer(bob) });
  world.gogs.revokeTokens('ada');
  // The first look finds the token dead, the second one uses the other.
  await world.send('GET', '/health?check=true', { as: bob });
  const answer = await world.send('GET', '/health?check=true', { as: bob });
  const checks = answer.json<{ checks: { name: string; state: string; message: string }[] }>().checks;
  const token = checks.find(({ name }) => name === 'token');
  assert.equal(token?.state, 'warn');
  assert.equal(
    token?.message,
    'Gogs does not accept the token of ada any more; that of bob is used instead.',
  );
  assert.equal(checks.find(({ name }) => name === 'hook')?.state, 'ok');
});

test('a repository of the built-in host is well without a webhook', async (t) => {
  const { send } = await openRepoWorld(t);
  const { state, checks } = (await send('GET', '/health')).json<{ state: string; checks: unknown[] }>();
  assert.deepEqual([state, checks.length], ['ok', 1]);
});

test('a service that lends nobody credentials for clones, as Bitbucket Server, gets no private repository', async (t) => {
  const driver = (gogs: FakeGogs): Driver => {
    const own = createGogsDriver({ server: gogs.url, serverHost: 'ci.example.test', wire: fetch });
    return { ...own, supports: (operation) => operation !== 'cloneCredentials' && own.supports(operation) };
  };
  const world = await openActivationWorld(t, { isPrivate: true, driver });
  const answer = await world.send('POST');
  const problem = answer.json<{ error_code: string; hint: string }>();
  assert.deepEqual([answer.statusCode, problem.error_code], [422, 'clone-account-missing']);
  assert.match(problem.hint, /DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD/);
  assert.deepEqual(world.fake.hooks, []);
  const open = await openActivationWorld(t, { driver });
  assert.equal((await open.enable()).active, true);
});

test('administrators see every connection: whether it answers, where its webhooks go, what it cannot', async (t) => {
  const world = await openActivationWorld(t);
  await world.enable();
  const headers = await world.bearer(await world.addUser({ login: 'boss', isAdmin: true }));
  const read = async () =>
    (await world.app.inject({ method: 'GET', url: '/api/connections', headers })).json<WireConnection[]>();
  const [builtin, gogs] = await read();
  assert.deepEqual([builtin?.kind, builtin?.connected, builtin?.reachable], ['builtin', true, undefined]);
  assert.deepEqual(
    [gogs?.title, gogs?.reachable, gogs?.hook_url, gogs?.statuses, gogs?.repos],
    ['Gogs', true, `${world.url}/hook`, false, 1],
  );
  await world.gogs.close();
  const [, down] = await read();
  assert.equal(down?.reachable, false);
  assert.match(down?.error ?? '', /^Gogs cannot be reached at http:\/\/127\.0\.0\.1:\d+\/ \(/);
  assert.match(down?.hint ?? '', /Check that Gogs runs/);
});

test('activation answers with health', async (t) => {
  const world = await openActivationWorld(t);
  const { health } = await world.enable();
  assert.equal(health?.state, 'unproven');
  const again = (await world.send('GET')).json<WireRepo>();
  assert.equal(again.health, undefined);
});
