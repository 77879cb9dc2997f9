import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';

/** Ways to write an address that some servers read in one place and others in another. */
const TRICKS = [
  '/api/repos/octocat/public/../secret',
  '/api/repos/octocat/public/%2e%2e/secret',
  '/api/repos/octocat/public/..%2fsecret',
  '/api/repos/octocat%2fsecret',
  '/api//repos/octocat/secret',
  '//api/repos/octocat/secret',
  '/api/repos//octocat/secret',
  '/api/repos/octocat/secret/',
  '/api/repos/octocat/secret//',
  '/API/repos/octocat/secret',
  '/api/Repos/octocat/secret',
  '/api/repos/octocat/SECRET',
  '/api/repos/Octocat/secret',
  '/api/repos/octocat/secret%20',
  '/api/repos/octocat/secret%00',
  '/api/repos/octocat/secret;x=1',
  '/api/repos/octocat/secret?owner=octocat&name=public',
  '/api/repos/octocat/secret#/../public',
  '/api/./repos/octocat/secret',
  '/api/repos/octocat/%73ecret',
  '\\api\\repos\\octocat\\secret',
];

test('no way of writing an address shows a private repository to a stranger', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  await world.start(undefined, { repo: { name: 'secret' } });
  await world.start(undefined, { repo: { name: 'public', visibility: 'public' } });
  const headers = await world.bearer(await world.addUser({ login: 'stranger' }));
  for (const url of TRICKS) {
    for (const suffix of ['', '/builds', '/builds/1', '/secrets']) {
      const [path = '', query] = url.split('?', 2);
      const target = `${path}${suffix}${query === undefined ? '' : `?${query}`}`;
      const answer = await world.app.inject({ url: target, headers });
      assert.doesNotMatch(answer.body, /"slug": ?"octocat\/secret"|"build_id"|"number": ?1/, target);
      // What is no address of the API is one of the pages, which are not built here.
      assert.ok(answer.statusCode < 500 || answer.body.includes('has not been built'), target);
    }
  }
});

test('members named like those of every object change nothing', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const headers = await world.bearer(user);
  const payloads = [
    '{"__proto__": {"admin": true}, "email": "a@example.com"}',
    '{"constructor": {"prototype": {"isAdmin": true}}, "email": "a@example.com"}',
  ];
  for (const payload of payloads) {
    const answer = await world.app.inject({ method: 'PATCH', url: '/api/user', headers, payload });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().admin, false);
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined);
  assert.equal((await world.app.inject({ url: '/api/users', headers })).statusCode, 403);
});
