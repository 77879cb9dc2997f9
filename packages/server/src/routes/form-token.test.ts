import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('[ops C85] a form may carry the token, which is no parameter of the build', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const { repo } = await world.start(undefined, { repo: { userId: user.id } });
  await world.grant(user, repo, { read: true, write: true, admin: true });
  const after = world.source.commit('refs/heads/main');
  await world.start(undefined, { in: repo, build: { after } });
  const { authorization } = await world.bearer(user);
  const form = new URLSearchParams({ access_token: authorization.replace('Bearer ', ''), color: 'red' });
  const request = { method: 'POST', url: `/api/repos/${repo.slug}/builds/2`, headers: FORM } as const;
  const made = await world.app.inject({ ...request, payload: form.toString() });
  assert.equal(made.statusCode, 200, made.body);
  assert.deepEqual(made.json().params, { color: 'red' });
  const wrong = await world.app.inject({ ...request, payload: 'access_token=wrong' });
  assert.equal(wrong.statusCode, 401);
  const none = await world.app.inject({ ...request, payload: '' });
  assert.equal(none.statusCode, 401);
});

test('a form carries no token where the setting forbids tokens in addresses', async (t) => {
  const world = await createHttpWorld({ env: { SORTIE_QUERY_TOKENS: 'false' } });
  t.after(() => world.close());
  const user = await world.addUser();
  const { authorization } = await world.bearer(user);
  const payload = `access_token=${authorization.replace('Bearer ', '')}`;
  const answer = await world.app.inject({ method: 'POST', url: '/api/user/token', headers: FORM, payload });
  assert.equal(answer.statusCode, 401);
});
