import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import type { InjectOptions } from 'fastify';
import { insertRepo, removeRepo } from '../store/repos.ts';

type Headers = Readonly<Record<string, string>>;
type Method = InjectOptions['method'];

async function open(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env });
  t.after(() => world.close());
  const user = await world.addUser();
  const session = await world.cookie(user);
  const ask = (method: Method, url: string, as: Headers, payload?: object, remoteAddress?: string) =>
    world.app.inject({ method, url, payload, headers: as, remoteAddress });
  const make = async (body: object, as: Headers = session) =>
    (await ask('POST', '/api/user/tokens', as, { name: 'ci', ...body })).json();
  return { world, user, session, ask, make };
}

const as = (token: string): Headers => ({ authorization: `Bearer ${token}` });

test('[api POST /api/user/tokens] a token keeps its limits and shows them', async (t) => {
  const { world, user, session, ask, make } = await open(t);
  const { repo } = await world.start();
  await world.grant(user, repo, { read: true, write: false, admin: false });
  const limits = { scopes: ['builds:read'], ranges: ['10.0.0.0/8', '::1'], rate_limit: 5 };
  const { token, ...shown } = await make({ ...limits, repos: [repo.slug, repo.slug] });
  assert.match(token, /^sortie_/);
  assert.deepEqual(shown.repos, [repo.slug]);
  assert.deepEqual([shown.ranges, shown.rate_limit, shown.previous_expires], [limits.ranges, 5, 0]);
  assert.deepEqual((await ask('GET', '/api/user/tokens', session)).json(), [shown]);
});

test('a token with impossible limits is not made', async (t) => {
  const { world, make } = await open(t);
  await insertRepo(world.db, aRepo({ namespace: 'secret' }));
  for (const [body, code] of [
    [{ ranges: ['10.0.0.0/33'] }, 'invalid-request'],
    [{ repos: ['secret/hello'] }, 'not-found'],
    [{ repos: ['no/where'] }, 'not-found'],
    [{ rate_limit: -1 }, 'invalid-request'],
    [{ scopes: ['all', 'all'] }, 'invalid-request'],
    [{ expires: world.now() }, 'invalid-request'],
  ] as const) {
    assert.equal((await make(body)).error_code, code, JSON.stringify(body));
  }
});

test('a token that is restricted to repositories reaches these only, and nothing above them', async (t) => {
  const { world, ask } = await open(t);
  const admin = await world.addUser({ login: 'root', isAdmin: true });
  const [{ repo }, { repo: other }] = [
    await world.start(),
    await world.start(undefined, { repo: { visibility: 'public' } }),
  ];
  const body = { name: 'ci', repos: [repo.slug] };
  const made = await ask('POST', '/api/user/tokens', await world.bearer(admin), body);
  const headers = as(made.json().token);
  assert.equal((await ask('GET', `/api/repos/${repo.slug}`, headers)).statusCode, 200);
  for (const url of [
    `/api/repos/${other.slug}`,
    '/api/users',
    '/api/repos',
    '/api/audit',
    '/api/secrets/octo',
  ]) {
    const refused = await ask('GET', url, headers);
    assert.deepEqual([refused.statusCode, refused.json().error_code], [403, 'token-repo'], url);
  }
  assert.equal((await ask('GET', '/api/repos/no/where', headers)).statusCode, 404);
  assert.equal((await ask('GET', '/api/user', headers)).statusCode, 200);
  await removeRepo(world.db, repo.id);
  assert.equal((await ask('GET', '/api/users', headers)).json().error_code, 'token-repo');
  assert.deepEqual((await ask('GET', '/api/user/tokens', headers)).json()[0].repos, [`#${repo.id}`]);
});

test('a token is refused from outside its networks, with the address of the connection', async (t) => {
  const { ask, make } = await open(t);
  const headers = as((await make({ ranges: ['10.0.0.0/8', 'fd00::/8'] })).token);
  const from = (address: string, more: Headers = {}) =>
    ask('GET', '/api/user', { ...headers, ...more }, undefined, address);
  assert.equal((await from('10.1.2.3')).statusCode, 200);
  assert.equal((await from('::ffff:10.1.2.3')).statusCode, 200);
  assert.equal((await from('fd00::7')).statusCode, 200);
  const refused = await from('192.168.0.1');
  assert.deepEqual([refused.statusCode, refused.json().error_code], [403, 'token-range']);
  assert.equal((await from('192.168.0.1', { 'x-forwarded-for': '10.1.2.3' })).statusCode, 403);
});

test('only trusted proxies say where a request comes from', async (t) => {
  const { ask, make } = await open(t, { SORTIE_TRUSTED_PROXIES: '172.16.0.0/12, 127.0.0.1' });
  const headers = as((await make({ ranges: ['10.0.0.0/8'] })).token);
  const from = async (address: string, forwarded: string) =>
    (await ask('GET', '/api/user', { ...headers, 'x-forwarded-for': forwarded }, undefined, address))
      .statusCode;
  assert.equal(await from('172.16.0.1', '10.1.2.3'), 200);
  assert.equal(await from('172.16.0.1', '10.1.2.3, 127.0.0.1'), 200);
  assert.equal(await from('172.16.0.1', '10.1.2.3, 8.8.8.8'), 403);
  assert.equal(await from('8.8.8.8', '10.1.2.3'), 403);
});

test('[api POST /api/user/tokens/{id}/rotate] the text before works as long as it was asked for', async (t) => {
  const { world, session, ask, make } = await open(t);
  const first = await make({});
  const rotate = (id: number, body?: object) => ask('POST', `/api/user/tokens/${id}/rotate`, session, body);
  const second = (await rotate(first.id, { overlap: 60 })).json();
  assert.deepEqual([second.id, second.previous_expires], [first.id, world.now() + 60]);
  assert.notEqual(second.prefix, first.prefix);
  const works = async (token: string) => (await ask('GET', '/api/user', as(token))).statusCode === 200;
  assert.deepEqual([await works(first.token), await works(second.token)], [true, true]);
  world.advance(60_000);
  assert.deepEqual([await works(first.token), await works(second.token)], [false, true]);
  const third = (await rotate(first.id)).json();
  assert.deepEqual([await works(second.token), await works(third.token)], [false, true]);
  assert.equal((await rotate(first.id, { overlap: 604_801 })).statusCode, 400);
  assert.equal((await rotate(99)).statusCode, 404);
});

test('of two rotations at once each answer tells the truth', async (t) => {
  const { session, ask, make } = await open(t);
  const { id } = await make({});
  const rotate = () => ask('POST', `/api/user/tokens/${id}/rotate`, session);
  const works = [];
  for (const answer of await Promise.all([rotate(), rotate(), rotate()])) {
    if (answer.statusCode === 409) assert.equal(answer.json().error_code, 'conflict');
    else works.push((await ask('GET', '/api/user', as(answer.json().token))).statusCode);
  }
  assert.equal(works.at(-1), 200);
});

test('a token neither rotates a stronger one nor touches those of others', async (t) => {
  const { world, session, ask, make } = await open(t);
  const strong = await make({});
  const weak = await make({ scopes: ['account:write', 'logs:read'] });
  const url = (id: number) => `/api/user/tokens/${id}`;
  const refused = await ask('POST', `${url(strong.id)}/rotate`, as(weak.token));
  assert.equal(refused.json().error_code, 'token-scope');
  assert.equal((await ask('POST', `${url(weak.id)}/rotate`, as(weak.token))).statusCode, 200);
  const other = await world.cookie(await world.addUser({ login: 'other', isAdmin: true }));
  assert.equal((await ask('POST', `${url(strong.id)}/rotate`, other)).statusCode, 404);
  assert.equal((await ask('PATCH', url(strong.id), other, { name: 'x' })).statusCode, 404);
  const renamed = await ask('PATCH', url(strong.id), session, { name: 'laptop', scopes: ['logs:read'] });
  assert.deepEqual([renamed.json().name, renamed.json().scopes], ['laptop', ['all']]);
});

test('[api POST /api/users/{user}/tokens] administrators keep the tokens of machines, not of people', async (t) => {
  const { world, session, ask } = await open(t);
  const admin = await world.cookie(await world.addUser({ login: 'root', isAdmin: true }));
  await world.addUser({ login: 'robot', isMachine: true });
  const url = '/api/users/robot/tokens';
  const made = (await ask('POST', url, admin, { name: 'deploy', scopes: ['builds:write'] })).json();
  assert.equal((await ask('GET', '/api/user', as(made.token))).json().login, 'robot');
  const rotated = (await ask('POST', `${url}/${made.id}/rotate`, admin, { overlap: 5 })).json();
  assert.equal((await ask('GET', '/api/user', as(rotated.token))).json().login, 'robot');
  const { token, ...shown } = rotated;
  const listed = (await ask('GET', url, admin)).json();
  assert.deepEqual(listed, [{ ...shown, last_used: world.now() }]);
  assert.equal((await ask('DELETE', `${url}/${made.id}`, admin)).statusCode, 204);
  assert.equal((await ask('DELETE', `${url}/${made.id}`, admin)).statusCode, 404);
  for (const text of [made.token, token])
    assert.equal((await ask('GET', '/api/user', as(text))).statusCode, 401);
  assert.equal((await ask('GET', '/api/users/octocat/tokens', admin)).statusCode, 403);
  assert.equal((await ask('GET', url, session)).statusCode, 403);
  const limited = await world.bearer(await world.addUser({ login: 'second', isAdmin: true }), [
    'users:admin',
  ]);
  assert.equal((await ask('POST', url, limited, { name: 'x' })).json().error_code, 'token-scope');
});

test('[ops C85] a token in the address works only where the route and the setting allow it', async (t) => {
  for (const [setting, expected] of [
    ['true', 200],
    ['false', 401],
  ] as const) {
    const { ask, make } = await open(t, { SORTIE_QUERY_TOKENS: setting });
    const { token } = await make({});
    assert.equal((await ask('GET', `/api/user?access_token=${token}`, {})).statusCode, expected);
    assert.equal((await ask('GET', `/api/user/tokens?access_token=${token}`, {})).statusCode, 401);
  }
});

test('the limit of a token is told, and kept', async (t) => {
  const { world, ask, make } = await open(t);
  const headers = as((await make({ rate_limit: 2 })).token);
  const look = () => ask('GET', '/api/user', headers);
  const first = await look();
  assert.deepEqual([first.headers['ratelimit-limit'], first.headers['ratelimit-remaining']], ['2', '1']);
  await look();
  const refused = await look();
  assert.deepEqual([refused.statusCode, refused.json().error_code], [429, 'rate-limited']);
  assert.deepEqual([refused.headers['retry-after'], refused.headers['ratelimit-remaining']], ['30', '0']);
  world.advance(30_000);
  assert.equal((await look()).statusCode, 200);
});

test('unknown tokens are counted by address; who had a good one before goes on', async (t) => {
  const { ask, make } = await open(t, { SORTIE_RATE_LIMIT_FAILURES: '3' });
  const { token } = await make({});
  const { token: fresh } = await make({});
  const look = async (text: string, address = '10.0.0.1') =>
    (await ask('GET', '/api/user', as(text), undefined, address)).statusCode;
  assert.equal(await look(token), 200);
  for (const text of ['a', 'b', 'c']) assert.equal(await look(text), 401);
  assert.equal(await look('d'), 429);
  assert.equal(await look(fresh), 429);
  assert.equal(await look(token), 200);
  assert.equal(await look(fresh, '10.0.0.2'), 200);
});

test('every request of an account counts against the limit of the server', async (t) => {
  const { session, ask, make } = await open(t, { SORTIE_RATE_LIMIT: '2' });
  const { token } = await make({});
  assert.equal((await ask('GET', '/api/user', session)).statusCode, 200);
  assert.equal((await ask('GET', '/api/user', session)).statusCode, 429);
  assert.equal((await ask('GET', '/api/user', as(token))).statusCode, 200);
});

test('a text that a rotation has left working for a while makes nothing that works for longer', async (t) => {
  const { world, session, ask, make } = await open(t);
  const { id, token: leaked } = await make({});
  await ask('POST', `/api/user/tokens/${id}/rotate`, session, { overlap: 60 });
  assert.equal((await ask('GET', '/api/user', as(leaked))).statusCode, 200);
  for (const [url, payload] of [
    ['/api/user/tokens', { name: 'stays' }],
    [`/api/user/tokens/${id}/rotate`, {}],
    ['/api/user/token', {}],
  ] as const) {
    assert.equal((await ask('POST', url, as(leaked), payload)).json().error_code, 'token-weaker', url);
  }
  const expires = world.now() + 60;
  assert.equal(
    (await ask('POST', '/api/user/tokens', as(leaked), { name: 'ends', expires })).statusCode,
    200,
  );
});

test('a limited token makes no runner token that may be used for longer or from elsewhere', async (t) => {
  const { world, ask } = await open(t);
  const root = await world.cookie(await world.addUser({ login: 'root', isAdmin: true }));
  const limits = { ranges: ['127.0.0.0/8'], expires: world.now() + 60 };
  const wish = { name: 'ci', scopes: ['server:admin'], ...limits };
  const { token } = (await ask('POST', '/api/user/tokens', root, wish)).json();
  const { id } = (await ask('POST', '/api/runner-tokens', root, { name: 'free' })).json();
  for (const [url, body] of [
    ['/api/runner-tokens', { name: 'a' }],
    ['/api/runner-tokens', { name: 'a', ranges: limits.ranges }],
    ['/api/runner-tokens', { name: 'a', expires: limits.expires }],
    [`/api/runner-tokens/${id}/rotate`, {}],
  ] as const) {
    assert.equal((await ask('POST', url, as(token), body)).json().error_code, 'token-weaker', url);
  }
  const made = await ask('POST', '/api/runner-tokens', as(token), { name: 'a', ...limits });
  assert.equal(made.statusCode, 200);
});

test('a limited token neither renames nor ends one that may do more, nor signs the account out', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const full = await world.bearer(user);
  const limited = await world.bearer(user, ['account:write']);
  const [own, other] = (await world.app.inject({ url: '/api/user/tokens', headers: full })).json<
    { id: number }[]
  >();
  const ask = (method: 'PATCH' | 'DELETE', url: string, payload?: object) =>
    world.app.inject({ method, url, headers: limited, payload });
  const statuses = [
    (await ask('DELETE', `/api/user/tokens/${other?.id}`)).statusCode,
    (await ask('PATCH', `/api/user/tokens/${other?.id}`, { name: 'x' })).statusCode,
    (await ask('DELETE', '/api/user/sessions')).statusCode,
    (await ask('DELETE', `/api/user/tokens/${own?.id}`)).statusCode,
  ];
  assert.deepEqual(statuses, [403, 403, 403, 204]);
});
