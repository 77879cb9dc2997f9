import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRepoBySlug, listReposBySlug } from '../store/repos.ts';
import { openPermissionWorld } from './permission-world.fixture.ts';

const FRESH = '/api/repos/ada/fresh';

test('[legacy 20] a repository that no synchronisation has brought is looked up, written down and activated', async (t) => {
  const { gogs, ada, inject, row, repo } = await openPermissionWorld(t);
  gogs.addRepo('ada/fresh', { isPrivate: true });
  const answer = await inject(ada, 'POST', `/v0${FRESH}`);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json<{ full_name: string }>().full_name, 'ada/fresh');
  const stored = await repo('ada/fresh');
  assert.deepEqual([stored.isActive, stored.userId, stored.visibility], [true, ada.id, 'private']);
  assert.equal((await row(ada, 'ada/fresh'))?.admin, true);
  assert.equal((await inject(ada, 'POST', `/v0${FRESH}`)).statusCode, 409);
});

test('[legacy 20] who does not administer it hears 403, and what is nowhere is 404', async (t) => {
  const { world, gogs, bob, inject } = await openPermissionWorld(t);
  gogs.addRepo('ada/fresh', { isPrivate: true, modes: { bob: 'write' } });
  const refused = await inject(bob, 'POST', `/v0${FRESH}`);
  assert.deepEqual([refused.statusCode, refused.body], [403, 'User is no administrator of the repository']);
  assert.equal((await inject(bob, 'POST', '/v0/api/repos/ada/nowhere')).statusCode, 404);
  assert.equal((await inject(undefined, 'POST', `/v0${FRESH}`)).statusCode, 403);
  assert.equal(await findRepoBySlug(world.db, 'ada/fresh'), undefined);
});

test('[api enableRepo] activates a repository that the service knows and this server does not', async (t) => {
  const { world, gogs, ada, bob, send, repo } = await openPermissionWorld(t);
  gogs.addRepo('ada/fresh', { isPrivate: true });
  assert.deepEqual(await send(bob, 'POST', FRESH), [404, 'not-found']);
  assert.deepEqual(await send(undefined, 'POST', FRESH), [401, 'unauthorized']);
  assert.deepEqual(await send(ada, 'PATCH', FRESH, {}), [404, 'not-found'], 'other routes look up nothing');
  const [first, second] = await Promise.all([send(ada, 'POST', FRESH), send(ada, 'POST', FRESH)]);
  assert.deepEqual([first, second], [200, 200]);
  assert.equal((await repo('ada/fresh')).isActive, true);
  const all = await listReposBySlug(world.db, { page: 1, perPage: 9 });
  assert.deepEqual(
    all.map(({ slug }) => slug),
    ['ada/demo', 'ada/fresh'],
  );
});

test('[scm S15] another spelling of a known name makes no second repository', async (t) => {
  const { world, ada, send } = await openPermissionWorld(t);
  assert.equal(await send(ada, 'POST', '/api/repos/Ada/DEMO'), 200);
  assert.equal((await listReposBySlug(world.db, { page: 1, perPage: 9 })).length, 1);
});

test('names outside of DRONE_REPOSITORY_FILTER, tokens for other repositories and machines bring nothing', async (t) => {
  const env = { DRONE_REPOSITORY_FILTER: 'acme' };
  const { world, gogs, ada, send } = await openPermissionWorld(t, { env });
  gogs.addRepo('ada/fresh', { isPrivate: true });
  assert.deepEqual(await send(ada, 'POST', FRESH), [404, 'not-found']);
  assert.deepEqual(await listReposBySlug(world.db, { page: 1, perPage: 9 }), []);
});

test('a service that is out, or a dead token, is named', async (t) => {
  const { gogs, ada, send } = await openPermissionWorld(t);
  gogs.traps.htmlStatus = 502;
  assert.deepEqual(await send(ada, 'POST', FRESH), [503, 'service-unavailable']);
  gogs.traps.htmlStatus = undefined;
  gogs.revokeTokens('ada');
  assert.deepEqual(await send(ada, 'POST', FRESH), [409, 'service-token']);
});
