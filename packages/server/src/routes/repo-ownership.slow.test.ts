import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { findRepoIdentity } from '../services/repo-identity.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { DEMO, openPermissionWorld } from './permission-world.fixture.ts';

const PIPELINE = { '.drone.yml': 'kind: pipeline\nname: default\nsteps:\n- name: a\n  image: alpine\n' };

test('[api chownRepo] the owner becomes whoever takes the repository over with a token that works', async (t) => {
  const { world, gogs, ada, bob, inject, send, repo, wait } = await openPermissionWorld(t);
  assert.equal(await send(ada, 'POST', DEMO), 200);
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(bob, 'POST', `${DEMO}/chown`), 200);
  assert.equal((await repo()).userId, bob.id);
  gogs.revokeTokens('ada');
  wait(30);
  assert.equal(await send(ada, 'PATCH', DEMO, {}), 200, 'the row is young enough');
  wait(31);
  assert.deepEqual(await send(ada, 'POST', `${DEMO}/chown`), [409, 'service-token']);
  assert.equal((await repo()).userId, bob.id);
  const root = await world.addUser({ login: 'root', isAdmin: true });
  const answer = await inject(root, 'POST', `${DEMO}/chown`);
  assert.equal(answer.statusCode, 409);
  assert.match(answer.json<{ message: string }>().message, /root has no token that Gogs accepts/);
});

test('[scm H11] a machine can neither activate nor take over a repository of a service', async (t) => {
  const { world, ada, send, repo } = await openPermissionWorld(t);
  const robot = await world.addUser({ login: 'robot', isMachine: true });
  await world.grant(robot, await repo(), { read: true, write: true, admin: true });
  assert.deepEqual(await send(robot, 'POST', DEMO), [422, 'machine-owner']);
  assert.deepEqual(await send(robot, 'POST', `${DEMO}/chown`), [422, 'machine-owner']);
  assert.equal(await send(ada, 'POST', DEMO), 200);
  assert.equal((await repo()).userId, ada.id);
});

test('calls about a repository use the next token when that of the owner is refused', async (t) => {
  const { world, gogs, ada, bob, inject, send, repo } = await openPermissionWorld(t);
  const zoe = await world.addMember('zoe');
  for (const login of ['bob', 'zoe']) gogs.setMode('ada/demo', login, 'admin');
  for (const user of [zoe, bob]) assert.equal(await send(user, 'GET', DEMO), 200);
  const sha = gogs.push('ada/demo', { files: PIPELINE });
  assert.equal(await send(ada, 'POST', DEMO), 200);
  await gogs.settled();
  const identity = async () => {
    const { userId, isFallback } = await findRepoIdentity(world.db, await repo());
    return [userId, isFallback];
  };
  assert.deepEqual(await identity(), [ada.id, false]);
  const build = () => inject(ada, 'POST', `${DEMO}/builds?commit=${sha}`);
  gogs.revokeTokens('ada');
  const first = await build();
  assert.equal(first.statusCode, 200, first.body);
  assert.deepEqual(await identity(), [bob.id, true], 'by id: bob was here before zoe');
  gogs.revokeTokens('bob');
  assert.equal((await build()).statusCode, 200);
  assert.deepEqual(await identity(), [zoe.id, true]);
  gogs.revokeTokens('zoe');
  const last = await build();
  assert.equal(last.json<{ error_code: string }>().error_code, 'service-token', last.body);
  assert.deepEqual(await identity(), [ada.id, false], 'nobody has one, so the owner is named');
  await world.setToken(ada, { access: gogs.addToken('ada') });
  assert.equal((await build()).statusCode, 200);
  assert.deepEqual(await identity(), [ada.id, false]);
});

test('[scm S14] repositories of a removed account go to the next administrator with a token, never to a machine', async (t) => {
  const { world, gogs, ada, bob, send, repo } = await openPermissionWorld(t);
  const root = await world.addMember('root', { isAdmin: true });
  assert.equal(await send(ada, 'POST', DEMO), 200);
  const all = { read: true, write: true, admin: true };
  const robot = await world.addUser({ login: 'arthur', isMachine: true });
  const tokenless = await world.addUser({ login: 'aron', connectionId: ada.connectionId });
  for (const user of [robot, tokenless, bob]) await world.grant(user, await repo(), all);
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(root, 'DELETE', '/api/users/ada'), 204);
  assert.equal((await repo()).userId, bob.id);
  assert.equal(await send(root, 'PATCH', '/api/users/bob', { active: false }), 200);
  assert.equal((await repo()).userId, 0);
});

test('[scm S14] a push to a repository that nobody owns any more is a build in error that names the remedy', async (t) => {
  const { world, gogs, ada, inject, send, repo } = await openPermissionWorld(t);
  const root = await world.addMember('root', { isAdmin: true });
  assert.equal(await send(ada, 'POST', DEMO), 200);
  gogs.push('ada/demo', { files: PIPELINE });
  await gogs.settled();
  assert.equal(await send(root, 'DELETE', '/api/users/ada'), 204);
  assert.equal((await repo()).userId, 0);
  gogs.push('ada/demo', { files: { ...PIPELINE, more: 'x' } });
  await gogs.settled();
  const newest = async () => {
    const answer = await inject(root, 'GET', `${DEMO}/builds/latest`);
    return answer.json<{ number: number; status: string; error: string }>();
  };
  await becomes(async () => (await newest()).status, 'error');
  assert.match((await newest()).error, /no owner/);
  assert.deepEqual(await send(root, 'POST', `${DEMO}/builds?branch=main`), [404, 'owner-missing']);
  assert.ok(gogs.deliveries.every(({ status }) => status !== 500));
  assert.ok(await findRepoBySlug(world.db, 'ada/demo'));
});

test('an owner who has lost access passes the repository on to who still administers it', async (t) => {
  const { world, gogs, ada, bob, send, sync, repo, row } = await openPermissionWorld(t);
  const zoe = await world.addMember('zoe');
  for (const login of ['bob', 'zoe']) gogs.setMode('ada/demo', login, 'admin');
  for (const user of [zoe, bob]) assert.equal(await send(user, 'GET', DEMO), 200);
  assert.equal(await send(bob, 'POST', DEMO), 200);
  for (const login of ['bob', 'zoe']) gogs.setMode('ada/demo', login);
  await sync(bob);
  assert.equal((await repo()).userId, ada.id, 'ada and no longer zoe, whatever her row says');
  assert.equal(await row(bob), undefined);
  assert.equal((await row(zoe))?.admin, true);
});

test('health says when another token is used, and when the service does not know the repository any more', async (t) => {
  const { gogs, ada, bob, inject, send, sync } = await openPermissionWorld(t);
  gogs.push('ada/demo', { files: PIPELINE });
  gogs.setMode('ada/demo', 'bob', 'admin');
  assert.equal(await send(bob, 'GET', DEMO), 200);
  assert.equal(await send(ada, 'POST', DEMO), 200);
  await gogs.settled();
  const check = async (name: string) => {
    const answer = await inject(bob, 'GET', `${DEMO}/health`);
    const { checks } = answer.json<{ checks: { name: string; state: string; message: string }[] }>();
    const found = checks.find((one) => one.name === name);
    return `${found?.state}: ${found?.message}`;
  };
  assert.match(await check('permission'), /^ok/);
  const index = gogs.state.repos.findIndex(({ slug }) => slug === 'ada/demo');
  const [gone] = gogs.state.repos.splice(index, 1);
  assert.ok(gone);
  for (let count = 0; count < 3; count += 1) await sync(ada);
  assert.match(await check('permission'), /^fail: Gogs did not know ada\/demo the last 3 times/);
  gogs.state.repos.push(gone);
  await sync(ada);
  assert.match(await check('permission'), /^ok/);
  gogs.revokeTokens('ada');
  assert.deepEqual(await send(ada, 'POST', '/api/user/repos'), [409, 'service-token']);
  assert.match(await check('token'), /^warn: .* that of bob is used instead/);
});
