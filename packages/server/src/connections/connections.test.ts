import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServiceWorld } from '@sortie/testing/service-world';

test('a member of the service sees the repositories that the service shows', async (t) => {
  const world = await createServiceWorld();
  t.after(() => world.close());
  const ada = await world.addMember('ada');
  world.gogs.addRepo('ada/demo');
  const headers = await world.bearer(ada);
  const listed = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  assert.deepEqual(
    listed.json<{ slug: string }[]>().map(({ slug }) => slug),
    ['ada/demo'],
  );
});

test('a token that the service refuses is named, and is not tried again', async (t) => {
  const world = await createServiceWorld();
  t.after(() => world.close());
  const ada = await world.addMember('ada');
  world.gogs.revokeTokens('ada');
  const headers = await world.bearer(ada);
  for (let round = 0; round < 2; round += 1) {
    const answer = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
    assert.equal(answer.json<{ error_code: string }>().error_code, 'service-token');
    assert.match(answer.json<{ hint: string }>().hint, /ada must sign in with Gogs again/);
  }
  assert.equal(world.gogs.requests.length, 1);
});
