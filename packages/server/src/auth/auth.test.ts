import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { listTokens } from '../store/tokens.ts';
import { findUserByLogin, updateUser } from '../store/users.ts';
import { bootstrapUser, parseBootstrapAccount } from './bootstrap.ts';
import { signJwt } from './legacy-jwt.ts';
import { createSignInLink } from './sessions.ts';
import { authenticateToken, issueToken } from './tokens.ts';
import { openUserToken, readUserToken } from './user-token.ts';

async function open(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env });
  t.after(() => world.close());
  return world;
}

function whoami(world: HttpWorld, headers: Record<string, string>, url = '/api/user') {
  return world.app.inject({ url, headers });
}

test('a new token is sortie_ and forty letters and digits, of which only the start is kept', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const { token, text } = await issueToken(world, {
    userId: user.id,
    name: 'ci',
    scopes: ['all'],
    expires: 0,
  });
  assert.match(text, /^sortie_[0-9A-Za-z]{40}$/);
  assert.equal(token.prefix, text.slice(0, 12));
  assert.equal((await authenticateToken(world, text))?.user.id, user.id);
  assert.equal(await authenticateToken(world, `${text}x`), undefined);
});

test('an expired token is nobody; the last use of a good one is noted once a minute', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const { text } = await issueToken(world, {
    userId: user.id,
    name: 'ci',
    scopes: ['all'],
    expires: world.now() + 90,
  });
  const lastUsed = async () => (await listTokens(world.db, user.id))[0]?.lastUsed;
  await authenticateToken(world, text);
  const first = world.now();
  world.advance(59_000);
  await authenticateToken(world, text);
  assert.equal(await lastUsed(), first);
  world.advance(1_000);
  await authenticateToken(world, text);
  assert.equal(await lastUsed(), first + 60);
  world.advance(30_000);
  assert.equal(await authenticateToken(world, text), undefined);
});

test('[ops C85] the Authorization header holds a token with or without Bearer', async (t) => {
  const world = await open(t);
  const { authorization } = await world.bearer(await world.addUser());
  assert.equal((await whoami(world, { authorization })).statusCode, 200);
  assert.equal((await whoami(world, { authorization: authorization.slice(7) })).statusCode, 200);
  for (const wrong of ['Basic abc', `bearer ${authorization.slice(7)}`, 'Bearer ', 'Bearer x']) {
    assert.equal((await whoami(world, { authorization: wrong })).statusCode, 401, wrong);
  }
});

test('the first credentials that are there count, even when they are wrong', async (t) => {
  const world = await open(t);
  const { cookie } = await world.cookie(await world.addUser());
  assert.equal((await whoami(world, { cookie })).statusCode, 200);
  assert.equal((await whoami(world, { cookie: `a=b; ${cookie}; c=d` })).statusCode, 200);
  assert.equal((await whoami(world, { cookie, authorization: 'Bearer wrong' })).statusCode, 401);
  assert.equal((await whoami(world, { cookie, authorization: '' })).statusCode, 200);
});

test('[ledger 17] a deactivated account is refused with token and cookie', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const headers = [await world.bearer(user), await world.cookie(user)];
  await updateUser(world.db, user.id, { isActive: false });
  for (const each of headers) {
    const answer = await whoami(world, each);
    assert.equal(answer.statusCode, 403);
    assert.equal(answer.json().error_code, 'account-inactive');
  }
});

test('[ops C84] an unknown, changed or expired session is nobody', async (t) => {
  const world = await open(t);
  const { cookie } = await world.cookie(await world.addUser());
  assert.equal((await whoami(world, { cookie: `${cookie.slice(0, -1)}_` })).statusCode, 401);
  assert.equal((await whoami(world, { cookie: '_session_=deleted' })).statusCode, 401);
  world.advance(3_600_000);
  assert.equal((await whoami(world, { cookie })).statusCode, 401);
});

test('a sign-in link works once, sets a cookie that scripts cannot read, and says who signed in', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const { secret } = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const use = () => world.app.inject({ method: 'POST', url: '/login/link', payload: { token: secret } });
  const answer = await use();
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.json().login, 'octocat');
  const setCookie = String(answer.headers['set-cookie']);
  assert.match(setCookie, /^_session_=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/);
  assert.equal((await whoami(world, { cookie: setCookie.split(';')[0] ?? '' })).statusCode, 200);
  assert.equal((await findUserByLogin(world.db, 'octocat'))?.lastLogin, world.now());
  const again = await use();
  assert.equal(again.statusCode, 401);
  assert.equal(again.json().error_code, 'sign-in-link-invalid');
});

test('of two uses of one sign-in link at the same time one succeeds', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const { secret } = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const use = () => world.app.inject({ method: 'POST', url: '/login/link', payload: { token: secret } });
  const answers = await Promise.all([use(), use(), use()]);
  assert.deepEqual(answers.map((answer) => answer.statusCode).sort(), [200, 401, 401]);
});

test('a sign-in link ends with its time, and a deactivated account cannot use one', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const link = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const other = await createSignInLink(world, { userId: user.id, timeoutMs: 600_000 });
  world.advance(60_000);
  const use = (token: string) => world.app.inject({ method: 'POST', url: '/login/link', payload: { token } });
  assert.equal((await use(link.secret)).statusCode, 401);
  await updateUser(world.db, user.id, { isActive: false });
  assert.equal((await use(other.secret)).json().error_code, 'account-inactive');
});

test('the session cookie is secure when the setting says so', async (t) => {
  const world = await open(t, { DRONE_COOKIE_SECURE: 'true', DRONE_COOKIE_TIMEOUT: '1h' });
  const user = await world.addUser();
  const { secret } = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const answer = await world.app.inject({ method: 'POST', url: '/login/link', payload: { token: secret } });
  assert.match(String(answer.headers['set-cookie']), /Max-Age=3600; HttpOnly; Secure; SameSite=Lax$/);
});

test('[api POST /logout] signing out ends the session on the server and takes the cookie away', async (t) => {
  for (const method of ['GET', 'POST'] as const) {
    const world = await open(t);
    const headers = await world.cookie(await world.addUser());
    const answer = await world.app.inject({ method, url: '/logout', headers });
    assert.deepEqual(
      answer.headers['set-cookie'],
      ['_session_', 'user_sess'].map((name) => `${name}=deleted; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`),
    );
    assert.match(String(answer.headers['content-type']), /^text\/html/);
    assert.equal((await whoami(world, headers)).statusCode, 401);
  }
});

const FOREIGN: readonly Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'same-site', origin: 'https://other.example' },
  { 'sec-fetch-site': 'cross-site' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'http://localhost:8081' },
];
const OWN: readonly Record<string, string>[] = [
  {},
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none' },
  { origin: 'http://localhost:8080' },
  { origin: 'https://ci.lan', host: 'ci.lan' },
  { 'sec-fetch-site': 'cross-site', origin: 'https://tools.example.com' },
];

test('[ledger 25] a page of another site changes nothing with a session, our own and programs do', async (t) => {
  const world = await open(t, { SORTIE_CORS_ORIGINS: 'https://tools.example.com' });
  const user = await world.addUser();
  const session = await world.cookie(user);
  const post = (headers: Record<string, string>, auth: Record<string, string>) =>
    world.app.inject({
      method: 'POST',
      url: '/api/user/tokens',
      payload: { name: 'x' },
      headers: { ...auth, ...headers },
    });
  for (const headers of FOREIGN) {
    const answer = await post(headers, session);
    assert.equal(answer.statusCode, 403, JSON.stringify(headers));
    assert.equal(answer.json().error_code, 'cross-site-request');
    assert.equal((await post(headers, await world.bearer(user))).statusCode, 200);
  }
  for (const headers of OWN)
    assert.equal((await post(headers, session)).statusCode, 200, JSON.stringify(headers));
  assert.equal((await whoami(world, { ...session, 'sec-fetch-site': 'cross-site' })).statusCode, 200);
});

test('another site can neither sign a person in nor out', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const { secret } = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const session = await world.cookie(user);
  for (const headers of FOREIGN) {
    const signIn = { method: 'POST', url: '/login/link', payload: { token: secret }, headers } as const;
    assert.equal((await world.app.inject(signIn)).statusCode, 403);
    const signOut = { method: 'GET', url: '/logout', headers: { ...headers, ...session } } as const;
    assert.equal((await world.app.inject(signOut)).statusCode, 403);
  }
  assert.equal((await whoami(world, session)).statusCode, 200);
});

test('[api POST /api/user/tokens] makes, lists and ends tokens; the text is shown once', async (t) => {
  const world = await open(t);
  const headers = await world.cookie(await world.addUser());
  const payload = { name: 'laptop', scopes: ['builds:read', 'logs:read'], expires: world.now() + 3600 };
  const made = await world.app.inject({ method: 'POST', url: '/api/user/tokens', payload, headers });
  assert.equal(made.statusCode, 200);
  const { token, ...shown } = made.json<Record<string, string>>();
  assert.match(token ?? '', /^sortie_/);
  const list = await world.app.inject({ url: '/api/user/tokens', headers });
  assert.deepEqual(list.json(), [shown]);
  assert.deepEqual([shown.name, shown.scopes, shown.last_used], ['laptop', payload.scopes, 0]);
  const remove = () => world.app.inject({ method: 'DELETE', url: `/api/user/tokens/${shown.id}`, headers });
  const removed = await remove();
  assert.deepEqual([removed.statusCode, removed.body, removed.headers['content-type']], [204, '', undefined]);
  assert.equal((await remove()).statusCode, 404);
  assert.equal((await whoami(world, { authorization: `Bearer ${token}` })).statusCode, 401);
});

test('a token cannot make a stronger one, nor one that has expired, and nobody ends another one’s', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const weak = await world.bearer(user, ['account:write', 'logs:read']);
  const make = (payload: object) =>
    world.app.inject({ method: 'POST', url: '/api/user/tokens', payload, headers: weak });
  assert.equal((await make({ name: 'x' })).json().error_code, 'token-scope');
  assert.equal((await make({ name: 'x', scopes: ['builds:write'] })).statusCode, 403);
  assert.equal((await make({ name: 'x', scopes: ['logs:read'] })).statusCode, 200);
  assert.equal((await make({ name: 'x', scopes: ['logs:read'], expires: 1 })).statusCode, 400);
  assert.equal((await make({ name: 'x', scopes: ['nonsense'] })).statusCode, 400);
  assert.equal((await make({ scopes: ['logs:read'] })).statusCode, 400);
  const [own] = await listTokens(world.db, user.id);
  const other = await world.bearer(await world.addUser({ login: 'other', isAdmin: true }));
  const url = `/api/user/tokens/${own?.id}`;
  assert.equal((await world.app.inject({ method: 'DELETE', url, headers: other })).statusCode, 404);
});

test('DRONE_USER_CREATE is read as Drone reads it', () => {
  assert.equal(parseBootstrapAccount(''), undefined);
  assert.equal(parseBootstrapAccount('admin:true,token:x'), undefined);
  assert.deepEqual(parseBootstrapAccount('username:octocat,machine:TRUE,admin:true,token:a:b,colour:red'), {
    login: 'octocat',
    token: '',
    isMachine: false,
    isAdmin: true,
  });
  assert.throws(() => parseBootstrapAccount('username:a b'), { code: 'config-value' });
});

test('[ops C88] the account of DRONE_USER_CREATE is made once, and leaving out admin demotes it', async (t) => {
  const world = await open(t);
  const start = (text: string) => {
    const account = parseBootstrapAccount(text);
    if (account === undefined) throw new Error('no account');
    return bootstrapUser({ ...world.auth, connectionId: 1 }, account);
  };
  const made = await start('username:octocat,admin:true,token:correct-horse');
  assert.deepEqual([made.isAdmin, made.isActive, made.isMachine], [true, true, false]);
  assert.equal((await whoami(world, { authorization: 'Bearer correct-horse' })).statusCode, 200);
  assert.equal((await start('username:octocat,admin:true,token:correct-horse')).id, made.id);
  assert.deepEqual(await listTokens(world.db, made.id), []);
  assert.equal(await readUserToken(world.auth, made), 'correct-horse');
  await start('username:octocat,admin:true,token:battery-staple');
  assert.equal((await whoami(world, { authorization: 'Bearer correct-horse' })).statusCode, 401);
  assert.equal((await whoami(world, { authorization: 'Bearer battery-staple' })).statusCode, 200);
  assert.equal((await start('username:octocat')).isAdmin, false);
  await assert.rejects(start('username:second,token:battery-staple'), { code: 'config-value' });
});

test('the token that the first release made of DRONE_USER_CREATE becomes the old user token', async (t) => {
  const world = await open(t);
  const user = await world.addUser({ isAdmin: true });
  const former = { userId: user.id, name: 'DRONE_USER_CREATE', scopes: ['all'], expires: 0 } as const;
  await issueToken(world, { ...former, text: 'correct-horse' });
  const account = parseBootstrapAccount('username:octocat,admin:true,token:correct-horse');
  assert.ok(account);
  await bootstrapUser({ ...world.auth, connectionId: 1 }, account);
  assert.deepEqual(await listTokens(world.db, user.id), []);
  assert.equal((await whoami(world, { authorization: 'Bearer correct-horse' })).statusCode, 200);
});

test('[ops C87] whom an administrator has made signs in although nobody may register', async (t) => {
  const world = await open(t, { DRONE_REGISTRATION_CLOSED: 'true' });
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const payload = { login: 'newcomer' };
  const made = await world.app.inject({ method: 'POST', url: '/api/users', payload, headers });
  const { secret } = await createSignInLink(world, { userId: made.json().id, timeoutMs: 60_000 });
  const answer = await world.app.inject({ method: 'POST', url: '/login/link', payload: { token: secret } });
  assert.deepEqual([answer.statusCode, answer.json().login], [200, 'newcomer']);
});

test('[ops C90] a machine account cannot sign in with a link', async (t) => {
  const world = await open(t);
  const user = await world.addUser({ isMachine: true });
  const { secret } = await createSignInLink(world, { userId: user.id, timeoutMs: 60_000 });
  const answer = await world.app.inject({ method: 'POST', url: '/login/link', payload: { token: secret } });
  assert.deepEqual([answer.statusCode, answer.json().error_code], [403, 'machine-sign-in']);
  assert.equal(answer.json().message, 'Machine account login is forbidden');
});

test('[ops C89] a machine account without a token stops the start', async (t) => {
  const world = await open(t);
  const account = parseBootstrapAccount('username:robot,machine:true');
  assert.ok(account);
  await assert.rejects(bootstrapUser({ ...world.auth, connectionId: 1 }, account), {
    code: 'config-value',
    message: 'You must provide the machine account token',
  });
});

test('a forged token of the 0.5 API leaves nothing behind', async (t) => {
  const world = await open(t);
  const user = await world.addUser();
  const forged = signJwt({ type: 'user', text: user.login }, 'a guess');
  assert.equal((await whoami(world, { authorization: `Bearer ${forged}` })).statusCode, 401);
  assert.equal(await openUserToken(world.auth, user.id), '');
});

test('strangers cannot make the server hold large bodies', async (t) => {
  const world = await open(t);
  const headers = { 'content-type': 'application/json' };
  for (const url of ['/login/link', '/logout', '/authorize/token', '/v0/authorize/token']) {
    const answer = await world.app.inject({ method: 'POST', url, headers, payload: ' '.repeat(100_000) });
    assert.equal(answer.statusCode, 413, url);
  }
});
