import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type JwtType, signJwt } from '../../auth/legacy-jwt.ts';
import { ensureRepoKeys, openRepoSigner } from '../../services/repo-keys.ts';
import { type LegacyWorld, MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

async function jwtOf(world: LegacyWorld, type: JwtType, exp?: number): Promise<string> {
  const claims = { type, text: world.root.login, ...(exp === undefined ? {} : { exp }) };
  return signJwt(claims, await world.userToken(world.root));
}

for (const at of MOUNTS) {
  const place = at || 'root';
  const user = `${at}/api/user`;

  test(`at ${place} only user and sess tokens are an identity, and only until they expire`, async (t) => {
    const world = await openLegacyWorld(t);
    const status = async (authorization: string) =>
      (await world.ask('GET', user, { headers: { authorization } })).status;
    assert.equal(await status(await jwtOf(world, 'user')), 200);
    assert.equal(await status(await jwtOf(world, 'sess', world.now())), 200);
    assert.equal(await status(await jwtOf(world, 'sess', world.now() - 1)), 401);
    for (const type of ['csrf', 'hook', 'agent'] as const) {
      assert.equal(await status(await jwtOf(world, type)), 401, type);
    }
    const [, claims = ''] = (await jwtOf(world, 'user')).split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    assert.equal(await status(`${none}.${claims}.`), 401);
    assert.equal(await status(`${none}.${claims}.c2ln`), 401);
    const other = signJwt({ type: 'user', text: 'root' }, await world.userToken(world.reader));
    assert.equal(await status(other), 401);
    const unknown = signJwt({ type: 'user', text: 'nobody' }, 'key');
    assert.equal(await status(unknown), 401);
  });

  test(`at ${place} a change with a sess session needs its csrf token`, async (t) => {
    const world = await openLegacyWorld(t);
    const cookie = `user_sess=${await jwtOf(world, 'sess')}`;
    const csrf = await jwtOf(world, 'csrf');
    const change = (headers: Record<string, string>) =>
      world.ask('POST', `${at}/api/global/secrets`, { headers, payload: { name: 'A', value: 'b' } });
    assert.equal((await world.ask('GET', user, { headers: { cookie } })).status, 200);
    const refused = await change({ cookie });
    assert.deepEqual([refused.status, refused.body], [401, '']);
    assert.equal((await change({ cookie, 'x-csrf-token': await jwtOf(world, 'user') })).status, 401);
    const foreign = signJwt({ type: 'csrf', text: 'root' }, 'other');
    assert.equal((await change({ cookie, 'x-csrf-token': foreign })).status, 401);
    assert.equal((await change({ cookie, 'x-csrf-token': csrf })).status, 200);
    assert.equal((await change({ authorization: await jwtOf(world, 'sess') })).status, 401);
    assert.equal((await change({ authorization: await jwtOf(world, 'user') })).status, 200);
    // Only what is protected against forged requests may come in a cookie.
    const bare = { cookie: `user_sess=${await jwtOf(world, 'user')}` };
    assert.equal((await world.ask('GET', user, { headers: bare })).status, 401);
  });

  test(`at ${place} the ways in of 0.5 lead to the page`, async (t) => {
    const world = await openLegacyWorld(t);
    const place = (answer: { status: number; headers: Readonly<Record<string, unknown>> }) => [
      answer.status,
      answer.headers.location,
    ];
    assert.deepEqual(place(await world.ask('GET', `${at}/authorize`)), [303, '/login']);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = { headers: form, payload: 'username=a&password=b' };
    assert.deepEqual(place(await world.ask('POST', `${at}/authorize`, posted)), [
      303,
      '/login?error=access_denied',
    ]);
    const token = await world.ask('POST', `${at}/authorize/token`, { payload: { access_token: 'x' } });
    assert.deepEqual([token.status, token.body], [401, '']);
    assert.equal((await world.ask('POST', `${at}/authorize/token`, { payload: '{}' })).status, 400);
    if (at === '') return;
    assert.deepEqual(place(await world.ask('GET', '/v0/login')), [303, '/v0/authorize']);
    assert.deepEqual(place(await world.ask('GET', '/v0/login/form')), [303, '/login']);
    const out = await world.ask('GET', '/v0/logout');
    assert.deepEqual(place(out), [303, '/']);
    assert.match(String(out.headers['set-cookie']), /user_sess=deleted.*user_last=deleted/);
  });

  test(`at ${place} a webhook is known by a token of its repository`, async (t) => {
    const world = await openLegacyWorld(t);
    const deps = world.tokens;
    for (const { id } of [world.demo, world.priv]) await ensureRepoKeys(deps, id);
    const key = await openRepoSigner(deps, world.demo.id);
    const foreignKey = await openRepoSigner(deps, world.priv.id);
    const hook = (text: string, signer: string, type: JwtType = 'hook') => signJwt({ type, text }, signer);
    const send = async (
      token: string,
      payload: string | object = { repository: { full_name: 'octocat/demo' } },
    ) => (await world.ask('POST', `${at}/api/hook?access_token=${token}`, { payload })).status;
    assert.equal(await send(hook('octocat/demo', foreignKey)), 400, 'a token of another repository');
    assert.equal(await send(hook('octocat/priv', key)), 403, 'signed here, for another repository');
    assert.equal(await send(hook('octocat/demo', key, 'user')), 400);
    assert.equal(await send(''), 400);
    assert.equal(await send(hook('octocat/demo', key), '{'), 400);
    assert.equal(await send(hook('octocat/demo', key), {}), 400);
    const fresh = { repository: { full_name: 'octocat/fresh' } };
    assert.equal(await send(hook('octocat/fresh', key), fresh), 404);
    const form = `payload=${encodeURIComponent('{"repository":{"full_name":"octocat/demo"}}')}`;
    for (const payload of [form, undefined]) {
      const answer = await world.ask('POST', `${at}/api/hook?access_token=${hook('octocat/demo', key)}`, {
        ...(payload === undefined ? { payload: { repository: { full_name: 'octocat/demo' } } } : { payload }),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      assert.deepEqual([answer.status, answer.headers['x-error-code']], [422, 'event-ignored']);
    }
  });
}

test('[legacy 5] a session of version 1 survives a new user token', async (t) => {
  const world = await openLegacyWorld(t);
  const headers = { ...(await world.cookie(world.root)), origin: 'http://localhost:8080' };
  assert.equal((await world.ask('DELETE', '/v0/api/user/token', { headers })).status, 200);
  assert.equal((await world.ask('GET', '/api/user', { headers })).status, 200);
});

test('the page of a 0.5 session holds its csrf token, and other pages do not', async (t) => {
  const webRoot = await mkdtemp(join(tmpdir(), 'sortie-pages-'));
  t.after(() => rm(webRoot, { recursive: true, force: true }));
  await writeFile(
    join(webRoot, 'index.html'),
    '<!doctype html><html><head><meta charset="utf-8" /></head></html>',
  );
  const world = await openLegacyWorld(t, { app: { webRoot } });
  const page = async (cookie: string) =>
    (await world.ask('GET', '/octocat/demo', { headers: { cookie } })).body;
  const session = await page(`user_sess=${await jwtOf(world, 'sess')}`);
  const csrf = await jwtOf(world, 'csrf');
  assert.ok(session.includes(`<meta name="csrf-token" content="${csrf}">`));
  assert.doesNotMatch(await page('user_sess=nonsense'), /csrf-token/);
  assert.doesNotMatch(await page((await world.cookie(world.root)).cookie), /csrf-token/);
});

test('signing out ends the cookie of 0.5 too', async (t) => {
  const world = await openLegacyWorld(t);
  const answer = await world.ask('POST', '/logout');
  assert.match(String(answer.headers['set-cookie']), /_session_=deleted.*user_sess=deleted/);
});
