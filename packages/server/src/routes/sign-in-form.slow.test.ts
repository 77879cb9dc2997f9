import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countUsers, findUserByLogin, updateUser } from '../store/users.ts';
import { ADA, openFormWorld as open } from './form-world.fixture.ts';

test('[scm L1] the first sign-in makes the account, mints one token and begins a session', async (t) => {
  const world = await open(t);
  world.gogs.addRepo('ada/demo');
  const answer = await world.browser.post('/login', { ...ADA, next: '/ada/demo?x=1' });
  assert.equal(answer.statusCode, 200);
  const { user, next, is_new: isNew } = answer.json();
  assert.deepEqual(
    [user.login, user.email, user.admin, next, isNew],
    ['ada', 'ada@example.test', false, '/ada/demo?x=1', true],
  );
  assert.match(world.browser.lastCookies.join(), /^_session_=[\w-]{43}; Path=\/; .*HttpOnly; SameSite=Lax$/);
  assert.equal((await world.browser.get('/api/user')).json().login, 'ada');
  assert.equal(world.tokens().length, 1);
  assert.match(world.tokens()[0]?.[0] ?? '', /^ci-ci\.example\.test-[a-z2-7]{8}$/);
  const known = await findUserByLogin(world.db, 'ada');
  assert.deepEqual([known?.connectionId, known?.uid], [world.service.connection.id, String(world.ada.id)]);
  assert.equal((await world.identity())?.userId, known?.id);
  // What was begun behind the answer ends before the server does.
  await world.app.close();
  const repos = await world.db.selectFrom('repos').select('slug').execute();
  assert.deepEqual(repos, [{ slug: 'ada/demo' }]);
});

test('[scm L2] [scm L3] the stored token is used again while it answers, and replaced when it does not', async (t) => {
  const world = await open(t);
  await world.enter();
  const first = await world.identity();
  assert.equal((await world.enter()).json().is_new, false);
  assert.equal(world.tokens().length, 1);
  assert.equal((await world.identity())?.accessSealed, first?.accessSealed);
  world.gogs.revokeTokens('ada');
  assert.equal((await world.enter()).statusCode, 200);
  assert.equal(world.tokens().length, 1);
  const second = await world.identity();
  assert.notEqual(second?.accessSealed, first?.accessSealed);
  assert.deepEqual([second?.id, second?.isInvalid], [first?.id, false]);
});

test('[scm L4] [scm L9] a wrong password has one text and makes no account; the sixth try of a minute waits', async (t) => {
  const world = await open(t);
  const texts = new Set<string>();
  for (const username of ['ada', 'ada', 'nobody', 'ADA ', '..']) {
    const answer = await world.enter({ username, password: 'wrong' });
    assert.deepEqual([answer.statusCode, answer.json().error_code], [401, 'sign-in-refused']);
    assert.match(answer.json().hint, /two-factor.*access token/);
    texts.add(answer.json().message);
  }
  assert.deepEqual([...texts], ['Invalid username or password.']);
  assert.equal(await countUsers(world.db), 0);
  world.advance(20_000);
  for (const _ of [4, 5]) assert.equal((await world.enter({ ...ADA, password: 'no' })).statusCode, 401);
  const requests = world.gogs.requests.length;
  const sixth = await world.enter();
  assert.deepEqual([sixth.statusCode, sixth.headers['retry-after']], [429, '40']);
  assert.equal(world.gogs.requests.length, requests, 'the service is not asked');
  assert.equal((await world.enter({ username: 'bob', password: 'x' })).statusCode, 401);
  world.advance(40_000);
  assert.equal((await world.enter()).statusCode, 200);
});

test('[scm L4] names beyond number do not help an address either', async (t) => {
  const world = await open(t);
  const seen = new Set<number>();
  for (let at = 0; at < 61; at += 1) {
    seen.add((await world.enter({ username: `u${at}`, password: 'x' })).statusCode);
  }
  assert.deepEqual([...seen], [401, 429]);
});

test('[scm L5] an e-mail address signs in the account of its owner, under its login', async (t) => {
  const world = await open(t);
  for (const username of ['Ada@Example.test', 'ada@example.test']) {
    assert.equal((await world.enter({ username, password: 'Pw-ada' })).json().user.login, 'ada');
  }
  assert.deepEqual([await countUsers(world.db), world.tokens().length], [1, 1]);
});

test('[scm L6] a service that refuses every token name is named, and nobody is in', async (t) => {
  const world = await open(t);
  world.gogs.traps.refusesTokenNames = true;
  const answer = await world.enter();
  assert.deepEqual([answer.statusCode, answer.json().error_code], [403, 'service-refused']);
  assert.match(answer.json().message, /refused the token/);
  assert.equal(await countUsers(world.db), 0);
});

test('[scm L7] trouble of the service is never called a wrong password', async (t) => {
  const world = await open(t);
  for (const status of [200, 404, 502]) {
    world.gogs.traps.htmlStatus = status;
    const answer = await world.enter();
    assert.deepEqual([answer.statusCode, answer.json().error_code], [503, 'service-unavailable']);
    assert.doesNotMatch(answer.body, /<html|at .*\.ts/);
    world.advance(60_000);
  }
});

test('[scm L8] [scm X16] credentials in the address are ignored, and no log has them', async (t) => {
  const world = await open(t);
  const query = '/login?username=ada&password=Pw-ada&token=Tok-ada';
  const page = await world.browser.get(query);
  assert.match(String(page.headers['content-type']), /^text\/html/);
  assert.equal((await world.browser.post(query)).statusCode, 400);
  const head = await world.app.inject({ method: 'HEAD', url: '/login?code=x&state=y' });
  assert.match(String(head.headers['content-type']), /^text\/html/, 'only looking ends no sign-in');
  assert.equal(world.gogs.requests.length, 0);
  await world.enter();
  await world.enter({ ...ADA, password: 'Pw-ada-wrong' });
  assert.ok(world.logged.length > 0);
  assert.doesNotMatch(world.logged.join('\n'), /Pw-ada|Tok-ada/);
});

test('[scm L10] a token signs in while it lives, and its refusal has one text', async (t) => {
  const world = await open(t);
  const token = world.gogs.addToken('ada');
  assert.equal((await world.enter({ token })).json().user.login, 'ada');
  const refused = await Promise.all(
    ['x', 'f'.repeat(40), token.toUpperCase()].map(async (each) => world.enter({ token: each })),
  );
  assert.deepEqual(new Set(refused.map((each) => `${each.statusCode} ${each.json().message}`)).size, 1);
  assert.equal(refused[0]?.json().error_code, 'sign-in-refused');
});

test('[scm L11] [ops C90] machines and deactivated accounts are refused', async (t) => {
  const world = await open(t);
  const user = await world.enter().then(() => findUserByLogin(world.db, 'ada'));
  assert.ok(user);
  await updateUser(world.db, user.id, { isActive: false });
  assert.equal((await world.enter()).json().error_code, 'account-inactive');
  await updateUser(world.db, user.id, { isActive: true, isMachine: true });
  const answer = await world.enter();
  assert.deepEqual(
    [answer.json().error_code, answer.json().message],
    ['machine-sign-in', 'Machine account login is forbidden'],
  );
});

test('[scm L12] [scm X30] a login that somebody else has now gets an account of its own', async (t) => {
  const world = await open(t);
  const demo = world.gogs.addRepo('ada/demo', { isPrivate: true });
  const old = await world.enter();
  const oldId = old.json().user.id;
  const bearer = await world.bearer((await findUserByLogin(world.db, 'ada')) ?? assert.fail());
  await world.app.inject({ method: 'POST', url: '/api/user/repos', headers: bearer });
  await updateUser(world.db, oldId, { isAdmin: true });
  world.gogs.state.users.delete('ada');
  world.gogs.state.repos.splice(world.gogs.state.repos.indexOf(demo), 1);
  world.gogs.addUser('ada');
  const { user } = (await world.browser.post('/login', ADA)).json();
  assert.deepEqual([user.login, user.admin, user.id === oldId], ['ada-2', false, false]);
  assert.equal((await world.browser.get('/api/repos/ada/demo')).statusCode, 404);
  assert.equal((await world.browser.post('/login', ADA)).json().user.login, 'ada-2', 'and keeps it');
});

test('a login that is changed at the service is changed here when it is free', async (t) => {
  const world = await open(t);
  await world.enter();
  const rename = (from: string, to: string) => {
    const user = world.gogs.state.users.get(from) ?? assert.fail();
    world.gogs.state.users.delete(from);
    world.gogs.state.users.set(to, { ...user, login: to });
  };
  rename('ada', 'lovelace');
  const login = async (username: string) =>
    (await world.enter({ username, password: 'Pw-ada' })).json().user.login;
  assert.equal(await login('lovelace'), 'lovelace');
  await world.addUser({ login: 'Countess' });
  rename('lovelace', 'countess');
  assert.equal(await login('countess'), 'lovelace', 'the other one is taken, whatever its case');
});
