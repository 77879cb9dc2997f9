import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import type { InjectOptions } from 'fastify';
import { listDueIntents } from '../store/outbox.ts';
import { findRepoById } from '../store/repos.ts';
import { findUserById } from '../store/users.ts';

type Headers = Readonly<Record<string, string>>;
type Method = InjectOptions['method'];

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const admin = await world.addUser({ login: 'root', isAdmin: true });
  const headers = await world.bearer(admin);
  const ask = (method: Method, url: string, payload?: object | string, as: Headers = headers) =>
    world.app.inject({ method, url, payload, headers: as });
  return { world, admin, headers, ask };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function whoami(world: HttpWorld, token: string) {
  return world.app.inject({ url: '/api/user', headers: { authorization: `Bearer ${token}` } });
}

test('[api getCurrentUser] [ledger 34] the account has its picture under both names', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser({ avatar: 'https://example.com/a.png', email: 'octo@example.com' });
  const answer = await ask('GET', '/api/user', undefined, await world.bearer(user, ['logs:read']));
  assert.deepEqual(answer.json(), {
    id: user.id,
    login: 'octocat',
    email: 'octo@example.com',
    machine: false,
    admin: false,
    active: true,
    avatar: 'https://example.com/a.png',
    avatar_url: 'https://example.com/a.png',
    syncing: false,
    synced: 0,
    created: user.created,
    updated: user.updated,
    last_login: 0,
  });
});

test('[ledger 10] [api PATCH /api/user] an absent address stays, an empty one is cleared', async (t) => {
  const { world, ask, headers } = await open(t);
  const change = async (body: object | string, more: Headers = {}) =>
    (await ask('PATCH', '/api/user', body, { ...headers, ...more })).json().email;
  assert.equal(
    await change({ email: 'new@example.com', login: 'other', name: 'X', company: 'Y' }),
    'new@example.com',
  );
  assert.equal(await change({}), 'new@example.com');
  assert.equal(await change({ email: null }), 'new@example.com');
  assert.equal(await change({ email: '' }), '');
  assert.equal(await change('email=form%40example.com', FORM), 'form@example.com');
  assert.equal((await ask('PATCH', '/api/user', { email: 7 })).statusCode, 400);
  assert.equal((await ask('PATCH', '/api/user', { email: 'a\u0000b' })).statusCode, 400);
  const { login } = (await ask('GET', '/api/user')).json();
  assert.equal(login, 'root');
  const reader = await world.bearer(await world.addUser(), ['builds:read']);
  assert.equal((await ask('PATCH', '/api/user', {}, reader)).json().error_code, 'token-scope');
});

test('[api POST /api/user/token] the old token is shown again, until it is rotated', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const cookie = await world.cookie(user);
  const show = async (url = '/api/user/token', body?: string) =>
    (await ask('POST', url, body, { ...cookie, ...(body === undefined ? {} : FORM) })).json<{
      token: string;
    }>();
  const first = await show();
  assert.match(first.token, /^[0-9A-Za-z]{32}$/);
  assert.equal((await show()).token, first.token);
  assert.equal((await whoami(world, first.token)).json().login, 'octocat');
  const second = await show('/api/user/token?rotate=true');
  assert.notEqual(second.token, first.token);
  assert.equal((await whoami(world, first.token)).statusCode, 401);
  const third = await show('/api/user/token', 'rotate=true');
  assert.equal((await whoami(world, second.token)).statusCode, 401);
  assert.equal((await whoami(world, third.token)).statusCode, 200);
  assert.equal((await show('/api/user/token?rotate=false')).token, third.token);
  const bare = { authorization: third.token };
  assert.equal((await ask('POST', '/api/user/token', undefined, bare)).json().token, third.token);
});

test('a limited token does not get at the old token, which may do everything', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const limited = await world.bearer(user, ['account:write']);
  const refused = await ask('POST', '/api/user/token', undefined, limited);
  assert.deepEqual([refused.statusCode, refused.json().error_code], [403, 'token-scope']);
  const body = { name: 'short', expires: world.now() + 60 };
  const { token } = (await ask('POST', '/api/user/tokens', body, await world.cookie(user))).json();
  const short = { authorization: `Bearer ${token}` };
  assert.equal((await ask('POST', '/api/user/token', undefined, short)).json().error_code, 'token-weaker');
});

test('[api createUser] makes people and machines, and shows the token of machines only', async (t) => {
  const { world, ask, headers } = await open(t);
  const person = await ask('POST', '/api/users', {
    login: 'octocat',
    active: false,
    email: 'x@y',
    avatar_url: 'https://y/x.png',
    id: 0,
  });
  assert.equal(person.statusCode, 200);
  const { token, active, email, avatar, machine, admin } = person.json();
  assert.deepEqual([token, active, machine, admin], [undefined, true, false, false]);
  assert.deepEqual([email, avatar], ['x@y', 'https://y/x.png']);
  assert.equal((await ask('POST', '/api/users', { login: 'nul', email: '\u0000' })).statusCode, 400);
  const robot = (await ask('POST', '/api/users', { login: 'robot', machine: true, admin: false })).json();
  assert.match(robot.token, /^[0-9A-Za-z]{32}$/);
  assert.equal((await whoami(world, robot.token)).json().machine, true);
  const chosen = { login: 'deploy', machine: true, token: 'correct-horse' };
  assert.equal((await ask('POST', '/api/users', chosen)).json().token, 'correct-horse');
  assert.equal((await whoami(world, 'correct-horse')).json().login, 'deploy');
  const form = await ask('POST', '/api/users', 'login=chief&admin=true', { ...headers, ...FORM });
  assert.equal(form.json().admin, true);
  const intents = await listDueIntents(world.db, world.now(), 100);
  const made = intents.map((intent) => JSON.parse(intent.payload));
  assert.deepEqual(
    made.map(({ event, action, user }) => [event, action, user.login]),
    ['octocat', 'robot', 'deploy', 'chief'].map((login) => ['user', 'created', login]),
  );
});

test('[ledger 11] [ledger 12] an empty body is 400, a taken login or token 409', async (t) => {
  const { ask } = await open(t);
  const refusal = async (body: object | string) => {
    const answer = await ask('POST', '/api/users', body);
    return [answer.statusCode, answer.json().error_code];
  };
  assert.deepEqual(await refusal({}), [400, 'invalid-request']);
  assert.deepEqual(await refusal('null'), [400, 'invalid-request']);
  assert.deepEqual(await refusal({ login: '' }), [400, 'invalid-request']);
  assert.deepEqual(await refusal({ login: 'a b' }), [400, 'name-invalid']);
  assert.deepEqual(await refusal({ login: 'x'.repeat(51) }), [400, 'name-invalid']);
  assert.deepEqual(await refusal({ login: 'x', token: 'with space' }), [400, 'invalid-request']);
  assert.deepEqual(await refusal({ login: 'ROOT' }), [409, 'already-exists']);
  assert.equal((await ask('POST', '/api/users', { login: 'a', token: 'same' })).statusCode, 200);
  assert.deepEqual(await refusal({ login: 'b', token: 'same' }), [409, 'already-exists']);
  assert.equal((await ask('GET', '/api/users/b')).statusCode, 404);
});

test('[api getUser] [api listUsers] accounts by login, by number, all and page by page', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser({ login: 'Octocat' });
  await world.addUser({ login: String(user.id) });
  assert.equal((await ask('GET', '/api/users/oCTOCAT')).json().id, user.id);
  assert.equal((await ask('GET', '/api/users/1')).json().login, 'root');
  assert.notEqual((await ask('GET', `/api/users/${user.id}`)).json().id, user.id);
  assert.equal((await ask('GET', '/api/users/99')).statusCode, 404);
  assert.equal((await ask('PATCH', '/api/users/1', { active: true })).statusCode, 404);
  const logins = async (query: string) =>
    (await ask('GET', `/api/users${query}`)).json().map((each: { login: string }) => each.login);
  assert.deepEqual(await logins(''), [String(user.id), 'Octocat', 'root']);
  assert.deepEqual(await logins('?page=2&per_page=2'), ['root']);
});

test('[api updateUser] deactivation takes the rights and gives the repositories to the next administrator', async (t) => {
  const { world, ask } = await open(t);
  const [user, heir] = [await world.addUser({ isAdmin: true }), await world.addUser({ login: 'heir' })];
  const headers = [await world.bearer(user), await world.cookie(user)];
  const { repo } = await world.start(undefined, { repo: { userId: user.id } });
  await world.grant(heir, repo, { read: true, write: true, admin: true });
  const answer = await ask('PATCH', '/api/users/octocat', {
    active: false,
    admin: true,
    machine: true,
    token: 'x',
  });
  const { active, admin, machine } = answer.json();
  assert.deepEqual([active, admin, machine], [false, false, false]);
  assert.equal((await findRepoById(world.db, repo.id))?.userId, heir.id);
  for (const each of headers) {
    const refused = await ask('GET', '/api/user', undefined, each);
    assert.deepEqual([refused.statusCode, refused.json().error_code], [403, 'account-inactive']);
  }
  assert.equal((await ask('PATCH', '/api/users/octocat', { active: 'true' })).json().admin, false);
  const [token, cookie] = headers;
  assert.equal((await ask('GET', '/api/user', undefined, token)).statusCode, 200);
  assert.equal((await ask('GET', '/api/user', undefined, cookie)).statusCode, 401);
});

test('[api deleteUser] removal ends everything of the account at once', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const headers = [await world.bearer(user), await world.cookie(user)];
  const { repo } = await world.start(undefined, { repo: { userId: user.id } });
  const answer = await ask('DELETE', '/api/users/octocat');
  assert.deepEqual([answer.statusCode, answer.body], [204, '']);
  assert.equal(await findUserById(world.db, user.id), undefined);
  assert.equal((await findRepoById(world.db, repo.id))?.userId, 0);
  for (const each of headers) assert.equal((await ask('GET', '/api/user', undefined, each)).statusCode, 401);
  assert.equal((await ask('DELETE', '/api/users/octocat')).statusCode, 404);
  const intents = await listDueIntents(world.db, world.now(), 100);
  const told = intents.map((intent) => JSON.parse(intent.payload)).filter(({ event }) => event === 'user');
  assert.deepEqual(
    told.map(({ action, user: { login } }) => [action, login]),
    [['deleted', 'octocat']],
  );
});

test('the last active administrator cannot be demoted, deactivated or removed', async (t) => {
  const { world, ask } = await open(t);
  await world.addUser({ login: 'idle', isAdmin: true, isActive: false });
  const refusals = [
    await ask('PATCH', '/api/users/root', { admin: false }),
    await ask('PATCH', '/api/users/root', { active: false }),
    await ask('DELETE', '/api/users/root'),
  ];
  for (const refusal of refusals) {
    assert.deepEqual([refusal.statusCode, refusal.json().error_code], [409, 'last-admin']);
  }
  await world.addUser({ login: 'second', isAdmin: true });
  const ends = await Promise.all([
    ask('PATCH', '/api/users/root', { admin: false }),
    ask('PATCH', '/api/users/second', { active: false }),
  ]);
  assert.deepEqual(ends.map((end) => end.statusCode).sort(), [200, 409]);
});

test('[api POST /api/users/{user}/token/rotate] the new token is for its owner to read', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const cookie = await world.cookie(user);
  const { token } = (await ask('POST', '/api/user/token', undefined, cookie)).json();
  const answer = await ask('POST', '/api/users/octocat/token/rotate');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.json().token, undefined);
  assert.equal(typeof answer.json().message, 'string');
  assert.equal((await whoami(world, token)).statusCode, 401);
  assert.equal((await ask('GET', '/api/user', undefined, cookie)).statusCode, 200);
  const read = (await ask('POST', '/api/user/token', undefined, cookie)).json();
  assert.notEqual(read.token, token);
  assert.equal((await ask('POST', '/api/users/nobody/token/rotate')).statusCode, 404);
});

test('accounts are the affair of administrators, and a limited token makes none that may do more', async (t) => {
  const { world, admin, ask } = await open(t);
  const stranger = await world.bearer(await world.addUser());
  const limited = await world.bearer(admin, ['users:admin']);
  for (const [method, url] of [
    ['GET', '/api/users'],
    ['GET', '/api/users/root'],
    ['DELETE', '/api/users/octocat'],
    ['POST', '/api/users/root/token/rotate'],
  ] as const) {
    assert.equal((await ask(method, url, undefined, {})).statusCode, 401, url);
    assert.equal((await ask(method, url, undefined, stranger)).statusCode, 403, url);
  }
  assert.equal((await ask('POST', '/api/users', { login: 'plain' }, limited)).statusCode, 200);
  for (const more of [{ admin: true }, { machine: true }, { token: 'chosen' }]) {
    const refused = await ask('POST', '/api/users', { login: 'x', ...more }, limited);
    assert.deepEqual([refused.statusCode, refused.json().error_code], [403, 'token-scope']);
  }
  const promoted = await ask('PATCH', '/api/users/octocat', { admin: true }, limited);
  assert.equal(promoted.json().error_code, 'token-scope');
});

test('[api DELETE /api/user/sessions] signs one account out everywhere', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const sessions = [await world.cookie(user), await world.cookie(user)];
  const other = await world.cookie(await world.addUser({ login: 'other' }));
  const answer = await ask('DELETE', '/api/user/sessions', undefined, sessions[0]);
  assert.equal(answer.statusCode, 204);
  assert.match(String(answer.headers['set-cookie']), /^_session_=deleted;/);
  for (const each of sessions) assert.equal((await ask('GET', '/api/user', undefined, each)).statusCode, 401);
  assert.equal((await ask('GET', '/api/user', undefined, other)).statusCode, 200);
});
