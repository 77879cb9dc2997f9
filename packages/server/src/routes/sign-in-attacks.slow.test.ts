import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapUser, parseBootstrapAccount } from '../auth/bootstrap.ts';
import { findUserByLogin } from '../store/users.ts';
import { ADA, openFormWorld as open } from './form-world.fixture.ts';

type World = Awaited<ReturnType<typeof open>>;

/** Renames an account at the service, and gives its login to somebody else. */
function handOn({ gogs }: World, from: string, to: string): void {
  const user = gogs.state.users.get(from) ?? assert.fail();
  gogs.state.users.delete(from);
  gogs.state.users.set(to, { ...user, login: to });
  gogs.addUser(from);
}

test('[scm X16] [scm L4] signing in with a token gives no further tries with the name beside it', async (t) => {
  const world = await open(t);
  world.gogs.addUser('mallory');
  const token = world.gogs.addToken('mallory');
  const guess = () => world.enter({ ...ADA, password: 'wrong' });
  for (let tries = 1; tries <= 4; tries += 1) assert.equal((await guess()).statusCode, 401);
  assert.equal((await world.enter({ username: 'ada', token })).statusCode, 200);
  assert.equal((await guess()).statusCode, 401, 'the fifth');
  assert.equal((await guess()).statusCode, 429);
});

test('[scm X30] DRONE_USER_CREATE makes nobody administrator who has got the login of the first one since', async (t) => {
  const text = 'username:ada,admin:true';
  const world = await open(t, { env: { DRONE_USER_CREATE: text } });
  const start = () =>
    bootstrapUser({ ...world.auth, connectionId: 1 }, parseBootstrapAccount(text) ?? assert.fail());
  await start();
  const first = (await world.enter()).json().user;
  handOn(world, 'ada', 'lovelace');
  const renamed = (await world.enter({ username: 'lovelace', password: 'Pw-ada' })).json().user;
  assert.deepEqual([renamed.id, renamed.login], [first.id, 'lovelace']);
  const other = (await world.enter()).json().user;
  assert.equal(other.admin, false);
  await start();
  const { isAdmin } = (await findUserByLogin(world.db, other.login)) ?? assert.fail();
  assert.equal(isAdmin, false);
});

test('[scm X30] the account that DRONE_USER_CREATE makes anew after a renaming is not that of the next one with the login', async (t) => {
  const text = 'username:ada,admin:true';
  const world = await open(t, { env: { DRONE_USER_CREATE: text } });
  const start = () =>
    bootstrapUser({ ...world.auth, connectionId: 1 }, parseBootstrapAccount(text) ?? assert.fail());
  await start();
  await world.enter();
  handOn(world, 'ada', 'lovelace');
  await world.enter({ username: 'lovelace', password: 'Pw-ada' });
  const anew = await start();
  assert.deepEqual([anew.login, anew.isAdmin], ['ada', true]);
  const other = (await world.enter()).json().user;
  assert.deepEqual([other.login, other.admin, other.id === anew.id], ['ada-2', false, false]);
});

test('[scm X30] whose login somebody else has at the service no longer administers its namespace', async (t) => {
  const world = await open(t);
  await world.browser.post('/login', ADA);
  handOn(world, 'ada', 'lovelace');
  world.gogs.addRepo('ada/new', { isPrivate: true });
  const other = (await world.enter()).json().user;
  assert.equal(other.login, 'ada-2');
  const headers = await world.bearer((await findUserByLogin(world.db, 'ada-2')) ?? assert.fail());
  await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  const secrets = await world.browser.get('/api/secrets/ada');
  assert.deepEqual([secrets.statusCode, secrets.json().error_code], [401, 'not-a-member']);
});

test('[scm X14] an encoded address that signs out or in again is not gone to', async (t) => {
  const world = await open(t);
  for (const next of ['/%6cogout', '/log%69n/to/gogs', '/%61uthorize', '/a/..%2f..%2flogout%']) {
    assert.equal((await world.enter({ ...ADA, next })).json().next, '/', next);
  }
});

test('[api DELETE /api/user/sessions] signing out everywhere ends the sessions of the 0.5 API too', async (t) => {
  const world = await open(t);
  const { browser } = world;
  const enter = () => browser.post('/authorize', 'username=ada&password=Pw-ada');
  await enter();
  const cookie = `user_sess=${browser.cookies.get('user_sess')}`;
  const ask = async (own: string) =>
    (await world.app.inject({ url: '/api/user', headers: { cookie: own } })).statusCode;
  assert.equal(await ask(cookie), 200);
  assert.equal((await browser.delete('/api/user/sessions')).statusCode, 204);
  assert.equal(await ask(cookie), 401);
  world.advance(1000);
  await enter();
  assert.equal(await ask(`user_sess=${browser.cookies.get('user_sess')}`), 200);
});

test('a text that cannot be a token is refused without a question to the service, and fills no log', async (t) => {
  const world = await open(t);
  for (const access_token of ['abc\ndef', 'abc\r\nX-Evil: 1', '\u0000', 'Ünïcode', ' ']) {
    const answer = await world.browser.post('/authorize/token', { access_token });
    assert.equal(answer.statusCode, 401, JSON.stringify(access_token));
  }
  assert.equal(world.gogs.requests.length, 0);
  assert.doesNotMatch(world.logged.join('\n'), /a request failed/);
});

test('[ops C87] an account that was deleted and made again lets its person in again', async (t) => {
  const world = await open(t, { env: { DRONE_REGISTRATION_CLOSED: 'true' } });
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const make = () =>
    world.app.inject({ method: 'POST', url: '/api/users', headers, payload: { login: 'ada' } });
  await make();
  assert.equal((await world.enter()).statusCode, 200);
  await world.app.inject({ method: 'DELETE', url: '/api/users/ada', headers });
  assert.equal((await world.enter()).json().error_code, 'registration-closed');
  const { id } = (await make()).json();
  assert.equal((await world.enter()).json().user.id, id);
});
