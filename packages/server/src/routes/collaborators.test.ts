import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';
import { upsertPermission } from '../store/permissions.ts';

async function setup(t: TestContext) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { repo } = await world.start([], { repo: { visibility: 'public' } });
  const zoe = await world.addUser({ login: 'zoe', avatar: 'http://pictures/zoe.png' });
  const ada = await world.addUser({ login: 'Ada' });
  await upsertPermission(
    world.db,
    { userId: zoe.id, repoId: repo.id },
    { read: true, write: false, admin: false, synced: 5 },
  );
  await upsertPermission(
    world.db,
    { userId: ada.id, repoId: repo.id },
    { read: true, write: true, admin: true, synced: 7 },
  );
  const headers = await world.bearer(ada);
  const url = `/api/repos/${repo.slug}/collaborators`;
  return { world, repo, zoe, ada, headers, url };
}

test('[api GET R/collaborators] everybody with a row, by login, with the uid of the repository', async (t) => {
  const { world, repo, zoe, ada, headers, url } = await setup(t);
  const answer = await world.app.inject({ url, headers });
  assert.deepEqual(answer.json(), [
    {
      user_id: ada.id,
      repo_id: repo.uid,
      login: 'Ada',
      avatar: '',
      read: true,
      write: true,
      admin: true,
      synced: 7,
      created: 7,
      updated: 7,
    },
    {
      user_id: zoe.id,
      repo_id: repo.uid,
      login: 'zoe',
      avatar: 'http://pictures/zoe.png',
      read: true,
      write: false,
      admin: false,
      synced: 5,
      created: 5,
      updated: 5,
    },
  ]);
});

test('[api GET R/collaborators/{member}] three rights and nothing else, 404 for unknown people and for strangers', async (t) => {
  const { world, headers, url } = await setup(t);
  await world.addUser({ login: 'stranger' });
  const answer = await world.app.inject({ url: `${url}/zoe`, headers });
  assert.deepEqual(answer.json(), { read: true, write: false, admin: false });
  for (const login of ['stranger', 'nobody']) {
    assert.equal((await world.app.inject({ url: `${url}/${login}`, headers })).statusCode, 404);
  }
});

test('who works on a public repository is told only to people who are signed in', async (t) => {
  const { world, repo, url } = await setup(t);
  const stranger = await world.bearer(await world.addUser({ login: 'stranger' }));
  assert.equal((await world.app.inject({ url: `/api/repos/${repo.slug}` })).statusCode, 200);
  for (const path of ['', '/zoe']) {
    assert.equal((await world.app.inject({ url: `${url}${path}` })).statusCode, 401);
    assert.equal((await world.app.inject({ url: `${url}${path}`, headers: stranger })).statusCode, 200);
  }
});

test('[api DELETE R/collaborators/{member}] takes the row away, once', async (t) => {
  const { world, headers, url } = await setup(t);
  const remove = () => world.app.inject({ method: 'DELETE', url: `${url}/zoe`, headers });
  const first = await remove();
  assert.deepEqual([first.statusCode, first.body], [204, '']);
  assert.equal((await remove()).statusCode, 404);
  assert.equal((await world.app.inject({ url, headers })).json().length, 1);
});
