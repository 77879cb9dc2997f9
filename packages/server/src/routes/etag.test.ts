import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '@sortie/contract/routes';
import { createHttpWorld } from '@sortie/testing/http-world';
import { cancelBuild } from '../services/cancel-build.ts';

async function openAsAdmin(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  return {
    world,
    get: (url: string, more = {}) => world.app.inject({ url, headers: { ...headers, ...more } }),
  };
}

test('builds and lists of them are answered with 304 until they change', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo, build } = await world.start();
  const below = `/api/repos/${repo.slug}/builds`;
  const paths = ['', '/1', '/latest'].map((end) => below + end);
  const tags = new Map<string, string>();
  for (const path of paths) {
    const first = await get(path);
    const etag = String(first.headers.etag);
    tags.set(path, etag);
    assert.match(etag, /^"[\w-]{27}"$/);
    assert.equal(first.headers['cache-control'], 'private, no-cache');
    assert.equal(first.headers.vary, 'Authorization, Cookie, Origin');
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(path, { 'if-none-match': known });
      assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag]);
    }
    assert.equal((await get(path, { 'if-none-match': '"other"' })).statusCode, 200);
  }
  await cancelBuild(world, build.id);
  for (const path of paths) {
    const changed = await get(path, { 'if-none-match': tags.get(path) });
    assert.equal(changed.statusCode, 200, path);
    assert.ok(changed.body.includes('killed'));
  }
});

test('everything that is not tagged may not be kept', async (t) => {
  const { get } = await openAsAdmin(t);
  const answer = await get('/api/user', { 'if-none-match': '*' });
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['cache-control']), /no-store/);
  assert.equal(answer.headers.etag, undefined);
});

test('builds, lists of builds and lists of repositories are tagged', () => {
  const tagged = new Set(ROUTES.filter((route) => route.hasEtag === true).map(({ id }) => id));
  const wanted = ['listBuilds', 'getLatestBuild', 'getBuild', 'listAllRepos', 'listUserRepos'];
  assert.deepEqual(
    wanted.filter((id) => !tagged.has(id)),
    [],
  );
});
