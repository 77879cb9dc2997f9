import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Driver } from '@sortie/scm/driver';
import { ScmError } from '@sortie/scm/errors';
import { createGogsDriver } from '@sortie/scm/gogs/gogs';
import type { ScmMembership } from '@sortie/scm/objects';
import { openWire } from '@sortie/scm/wire';
import { aRepo } from '@sortie/testing/domain-builders';
import { ensureConnection } from '../store/connections.ts';
import { insertRepo } from '../store/repos.ts';
import { openPermissionWorld } from './permission-world.fixture.ts';

const SECRETS = '/api/secrets/acme';
const NO_MEMBER = [401, 'not-a-member'];
const SECRET = { name: 'token', data: 'x' };

/** The Gogs of the world with another answer to the question for memberships. */
function driverWith(t: TestContext, find: (org: string, login: string) => Promise<ScmMembership>) {
  return (gogs: { readonly url: string }): Driver => {
    const { wire, close } = openWire();
    t.after(close);
    const driver = createGogsDriver({ server: gogs.url, serverHost: 'ci.example.test', wire });
    return { ...driver, findMembership: (_token, org, login) => find(org, login) };
  };
}

test('members of a Gogs organisation see its secrets, which administrators of this server change', async (t) => {
  const { world, gogs, bob, send } = await openPermissionWorld(t);
  assert.deepEqual(await send(bob, 'GET', SECRETS), NO_MEMBER);
  gogs.addOrg('acme', ['bob']);
  world.advance(301_000);
  assert.equal(await send(bob, 'GET', SECRETS), 200);
  assert.deepEqual(await send(bob, 'POST', SECRETS, SECRET), NO_MEMBER);
  const root = await world.addUser({ login: 'root', isAdmin: true });
  assert.equal(await send(root, 'POST', SECRETS, SECRET), 200);
});

test('roles are asked for once in five minutes, and end there', async (t) => {
  let answer: ScmMembership = { active: true, role: 'admin' };
  let asked = 0;
  const driver = driverWith(t, async () => {
    asked += 1;
    return answer;
  });
  const { world, bob, send } = await openPermissionWorld(t, { driver });
  assert.equal(await send(bob, 'POST', SECRETS, SECRET), 200);
  answer = { active: false, role: 'unknown' };
  assert.equal(await send(bob, 'GET', SECRETS), 200);
  assert.equal(asked, 1);
  world.advance(301_000);
  assert.deepEqual(await send(bob, 'GET', SECRETS), NO_MEMBER);
  assert.deepEqual(await send(bob, 'GET', SECRETS), NO_MEMBER);
  assert.equal(asked, 2, 'strangers are remembered too');
  answer = { active: true, role: 'member' };
  world.advance(301_000);
  assert.equal(await send(bob, 'GET', SECRETS), 200);
  assert.deepEqual(await send(bob, 'POST', SECRETS, SECRET), NO_MEMBER);
});

test('[ledger 16] while the service is out, members of the last day look on and nobody changes anything', async (t) => {
  let isOut = false;
  const driver = driverWith(t, async () => {
    if (isOut) throw new ScmError('unavailable', 'Gogs does not answer.');
    return { active: true, role: 'admin' };
  });
  const { world, bob, send } = await openPermissionWorld(t, { driver });
  assert.equal(await send(bob, 'GET', SECRETS), 200);
  isOut = true;
  world.advance(7_200_000);
  assert.equal(await send(bob, 'GET', SECRETS), 200);
  assert.deepEqual(await send(bob, 'POST', SECRETS, SECRET), [503, 'service-unavailable']);
  world.advance(86_400_000);
  assert.deepEqual(await send(bob, 'GET', SECRETS), [503, 'service-unavailable']);
});

test('a dead token asks its owner to sign in again', async (t) => {
  const { gogs, bob, send } = await openPermissionWorld(t);
  gogs.addOrg('acme', ['bob']);
  gogs.revokeTokens('bob');
  assert.deepEqual(await send(bob, 'GET', SECRETS), [409, 'service-token']);
});

test('an organisation of the same name at one service gives no rights to that of another one', async (t) => {
  const { world, gogs, bob, send } = await openPermissionWorld(t);
  gogs.addOrg('acme', ['bob']);
  const { id } = await ensureConnection(world.db, { kind: 'gitea', name: 'gitea', url: 'https://git.test' });
  await insertRepo(world.db, aRepo({ connectionId: id, namespace: 'Acme', name: 'there' }));
  assert.deepEqual(await send(bob, 'GET', SECRETS), NO_MEMBER);
});

test('templates in a body and secrets of many namespaces are checked by the same roles', async (t) => {
  const driver = driverWith(t, async (org) => ({ active: true, role: org === 'acme' ? 'admin' : 'member' }));
  const { bob, send, inject } = await openPermissionWorld(t, { driver });
  const template = { name: 't.yml', data: 'kind: pipeline' };
  assert.equal(await send(bob, 'POST', '/api/templates', { ...template, namespace: 'acme' }), 200);
  assert.deepEqual(await send(bob, 'POST', '/api/templates', { ...template, namespace: 'other' }), NO_MEMBER);
  assert.equal(await send(bob, 'POST', SECRETS, SECRET), 200);
  const rotation = { ...SECRET, namespaces: ['**'] };
  const rotated = await inject(bob, 'POST', '/api/secrets/rotate', rotation);
  assert.deepEqual(
    rotated
      .json<{ results: { place: string; result: string }[] }>()
      .results.map((one) => [one.place, one.result]),
    [['acme', 'rotated']],
  );
});

test('whoever is called like an organisation of another service has no rights to its secrets', async (t) => {
  const { world, ada, send } = await openPermissionWorld(t);
  const stranger = await world.addUser({ login: 'acme', connectionId: 1 });
  assert.equal(await send(stranger, 'POST', SECRETS, SECRET), 200, 'nobody else is called so');
  const { connectionId } = ada;
  await insertRepo(world.db, aRepo({ connectionId, uid: '77', namespace: 'acme', name: 'tool' }));
  assert.deepEqual(await send(stranger, 'GET', SECRETS), NO_MEMBER);
  assert.deepEqual(await send(ada, 'GET', '/api/secrets/ada'), 200);
});
