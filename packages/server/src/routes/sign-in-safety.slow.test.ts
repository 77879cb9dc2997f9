import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADA, openFormWorld as open } from './form-world.fixture.ts';

test('[scm L16] [scm X14] only paths of this server are gone to afterwards', async (t) => {
  const world = await open(t);
  const cases = {
    '/': [
      '//evil.test',
      '/\\evil.test',
      'https:evil.test',
      'https://evil.test/',
      'javascript:alert(1)',
      '/\t/evil',
    ],
    '/a%0d%0ab': ['/a%0d%0ab'],
  };
  const odd = ['/a\nb', '/%2e%2e//evil.test', '/logout', '/LOGIN/to/x', '', 'a', '/.//evil.test', '/a b'];
  for (const [expected, texts] of Object.entries({ ...cases, '/': [...cases['/'], ...odd] })) {
    for (const next of texts) {
      const answer = (await world.enter({ ...ADA, next })).json();
      assert.equal(answer.next, expected, JSON.stringify(next));
      assert.doesNotMatch(answer.next, /^\/[/\\]/);
      world.advance(60_000);
    }
  }
  const form = new URLSearchParams({ ...ADA, next: '//evil.test' }).toString();
  const answer = await world.browser.post('/login', form);
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/']);
});

test('[scm X15] a page without scripts is sent on: to the next page, or to the error by its code alone', async (t) => {
  const world = await open(t);
  const place = async (form: string) => {
    const answer = await world.browser.post('/login', form);
    return [answer.statusCode, answer.headers.location];
  };
  assert.deepEqual(await place('username=ada&password=Pw-ada&next=%2Fada'), [303, '/ada']);
  assert.deepEqual(await place('username=<script>&password=x'), [303, '/login/error?code=sign-in-refused']);
  assert.deepEqual(await place('username=ada'), [303, '/login/error?code=invalid-request']);
  const odd = await world.browser.get('/login?error=%3Cscript%3E&error_description=%3Cb%3E');
  assert.deepEqual([odd.statusCode, odd.headers.location], [303, '/login/error?code=sign-in-refused']);
});

test('[scm X16] [scm X33] another site can neither sign in nor link, and a session dies with the next one', async (t) => {
  const world = await open(t);
  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.test' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of foreign) {
    const answer = await world.browser.post('/login', ADA, headers);
    assert.deepEqual([answer.statusCode, answer.json().error_code], [403, 'cross-site-request']);
    const form = await world.browser.post('/login', 'username=ada&password=Pw-ada', headers);
    assert.equal(form.headers.location, '/login/error?code=cross-site-request');
  }
  assert.equal(world.gogs.requests.length, 0);
  await world.browser.post('/login', ADA, { origin: 'http://localhost:8080' });
  const before = `_session_=${world.browser.cookies.get('_session_')}`;
  await world.browser.post('/login', ADA);
  assert.equal((await world.browser.get('/api/user')).statusCode, 200);
  assert.equal((await world.app.inject({ url: '/api/user', headers: { cookie: before } })).statusCode, 401);
  const forged = await world.browser.post('/api/user/repos', {}, { origin: 'https://evil.test' });
  assert.equal(forged.json().error_code, 'cross-site-request');
});

test('[scm X17] neither password nor token is in the database', async (t) => {
  const world = await open(t);
  await world.enter();
  const [[, secret] = []] = world.tokens();
  assert.ok(secret);
  for (const table of ['users', 'identities', 'sessions', 'audit', 'meta', 'outbox'] as const) {
    const text = JSON.stringify(await world.db.selectFrom(table).selectAll().execute());
    assert.ok(!text.includes(secret) && !text.includes('Pw-ada'), table);
  }
});

test('[scm X18] a token in an address is nobody where no stream or badge is meant, and no log has it', async (t) => {
  const world = await open(t);
  const { authorization } = await world.bearer(await world.addUser());
  const text = authorization.slice('Bearer '.length);
  const url = (path: string) => `${path}?access_token=${text}`;
  assert.equal((await world.app.inject({ url: url('/api/user/identities') })).statusCode, 401);
  assert.equal((await world.app.inject({ url: url('/api/user') })).statusCode, 200, 'api-v1.md 1.2');
  assert.doesNotMatch(world.logged.join('\n'), /sortie_/);
  assert.match(world.logged.join('\n'), /\/api\/user/);
});
