import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createServiceWorld, type ServiceWorldOptions } from '@sortie/testing/service-world';
import { bootstrapUser, parseBootstrapAccount } from '../auth/bootstrap.ts';
import { firstAdmin } from '../first-admin.ts';
import { findUserByLogin } from '../store/users.ts';
import { openBrowser } from './browser.fixture.ts';

async function open(t: TestContext, options: ServiceWorldOptions = {}) {
  const world = await createServiceWorld(options);
  t.after(() => world.close());
  for (const login of ['ada', 'bob', 'admin', 'Octocat']) world.gogs.addUser(login);
  const browser = openBrowser(world.app);
  const enter = (login: string, more: object = {}, by = browser) =>
    by.post('/login', { username: login, password: `Pw-${login}`, ...more });
  const outcome = async (login: string) => {
    const answer = await enter(login, {}, openBrowser(world.app));
    const body = answer.json();
    return body.error_code === undefined ? body.user.login : `${body.error_code}: ${body.message}`;
  };
  const bootstrap = (text: string) =>
    bootstrapUser({ ...world.auth, connectionId: 1 }, parseBootstrapAccount(text) ?? assert.fail());
  return { ...world, browser, enter, outcome, bootstrap };
}

test('[ops C86] [scm S13] the filter admits logins and members of organisations, and asks nobody who is in already', async (t) => {
  const world = await open(t, { env: { DRONE_USER_FILTER: 'Octocat, ACME' } });
  world.gogs.addOrg('Acme', ['bob']);
  assert.equal(await world.outcome('Octocat'), 'Octocat');
  assert.equal(await world.outcome('bob'), 'bob');
  const refused = 'sign-in-membership: User must be a member of an approved organization';
  assert.equal(await world.outcome('ada'), refused);
  assert.equal(await findUserByLogin(world.db, 'ada'), undefined);
  world.gogs.state.orgs.clear();
  assert.equal(await world.outcome('bob'), 'bob', 'an existing account stays in');
});

test('[ops C86] [scm S13] an entry of the filter that names a service counts at that one only', async (t) => {
  const world = await open(t, { env: { DRONE_USER_FILTER: 'gogs:ADA, github:octocat, Gogs:Acme' } });
  world.gogs.addOrg('acme', ['bob']);
  const refused = 'sign-in-membership: User must be a member of an approved organization';
  const outcomes = [];
  for (const login of ['ada', 'bob', 'Octocat']) outcomes.push(await world.outcome(login));
  assert.deepEqual(outcomes, ['ada', 'bob', refused]);
});

test('[ops C87] [scm S13] with registration closed whoever an administrator has made signs in, and nobody else', async (t) => {
  const world = await open(t, { env: { DRONE_REGISTRATION_CLOSED: 'true' } });
  const root = await world.addUser({ login: 'root', isAdmin: true });
  const headers = await world.bearer(root);
  const made = await world.app.inject({
    method: 'POST',
    url: '/api/users',
    headers,
    payload: { login: 'ADA', admin: true },
  });
  assert.equal(made.statusCode, 200);
  assert.equal(await world.outcome('bob'), 'registration-closed: User registration is disabled');
  assert.equal((await world.app.inject('/api/sign-in')).json().registration_open, false);
  const { user, is_new: isNew } = (await world.enter('ada')).json();
  assert.deepEqual([user.id, user.admin, isNew], [made.json().id, true, false]);
  assert.equal(await world.outcome('ada'), 'ADA', 'and is known by the id at the service from then on');
});

test('[ops C88] the first sign-in takes the account of DRONE_USER_CREATE over, once', async (t) => {
  const text = 'username:ada,admin:true';
  const world = await open(t, { env: { DRONE_USER_CREATE: text } });
  const made = await world.bootstrap(text);
  const { user } = (await world.enter('ada')).json();
  assert.deepEqual([user.id, user.admin], [made.id, true]);
  // Renamed at the service, and made anew at the next start: whoever has the login now gets nothing of it.
  const ada = world.gogs.state.users.get('ada') ?? assert.fail();
  world.gogs.state.users.delete('ada');
  world.gogs.state.users.set('lovelace', { ...ada, login: 'lovelace' });
  assert.equal((await world.enter('lovelace', { password: 'Pw-ada' })).json().user.login, 'lovelace');
  await world.bootstrap(text);
  world.gogs.addUser('ada');
  const other = (await world.enter('ada')).json().user;
  assert.deepEqual([other.login, other.admin], ['ada-2', false]);
});

test('nobody becomes administrator by having the login of the one whom the server makes for itself', async (t) => {
  const world = await open(t);
  await firstAdmin(world, 1);
  const { user } = (await world.enter('admin')).json();
  assert.deepEqual([user.login, user.admin], ['admin-2', false]);
});

test('an account that somebody uses is not taken over, nor one whose namespace holds other repositories', async (t) => {
  const world = await open(t);
  await world.addUser({ login: 'ada', uid: '', lastLogin: 5, isAdmin: true });
  assert.equal(await world.outcome('ada'), 'ada-2');
  await world.start(undefined, { repo: { namespace: 'Bob', name: 'own' } });
  await world.addUser({ login: 'bob', uid: '' });
  assert.equal(await world.outcome('bob'), 'bob-2');
  await world.start(undefined, { repo: { namespace: 'octocat', name: 'own' } });
  assert.equal(await world.outcome('Octocat'), 'Octocat-2', 'whose namespace it is administers its secrets');
});

test('a second account is linked, listed and taken away, but never the last', async (t) => {
  const world = await open(t);
  const owner = await world.addUser({ login: 'owner' });
  const browser = openBrowser(world.app);
  assert.equal((await world.enter('ada', { link: true }, browser)).json().error_code, 'unauthorized');
  browser.cookies.set('_session_', (await world.cookie(owner)).cookie.slice('_session_='.length));
  world.gogs.addRepo('ada/demo', { isPrivate: true });
  const linked = (await world.enter('ada', { link: true }, browser)).json();
  assert.deepEqual([linked.user.id, linked.is_new], [owner.id, false]);
  const [identity, ...others] = (await browser.get('/api/user/identities')).json();
  assert.deepEqual(others, []);
  const { id, created, updated, ...shown } = identity;
  assert.ok(created > 0 && updated > 0);
  assert.deepEqual(shown, {
    service: 'gogs',
    title: 'Gogs',
    kind: 'gogs',
    login: 'ada',
    connected: true,
    primary: true,
    has_token: true,
    token_valid: true,
    note: '',
  });
  await browser.post('/api/user/repos');
  assert.equal((await browser.get('/api/repos/ada/demo')).statusCode, 200);
  assert.equal((await world.enter('ada')).json().user.login, 'owner', 'it signs in the same person now');

  const last = await browser.delete(`/api/user/identities/${id}`);
  assert.deepEqual([last.statusCode, last.json().error_code], [409, 'last-identity']);
  await world.enter('bob', { link: true }, browser);
  assert.equal((await browser.delete(`/api/user/identities/${id}`)).statusCode, 204);
  assert.equal((await browser.get('/api/repos/ada/demo')).statusCode, 404, 'its rights go with it');
  assert.equal((await browser.delete(`/api/user/identities/${id}`)).statusCode, 404);
  const left = (await browser.get('/api/user/identities')).json();
  assert.deepEqual(
    left.map((each: { login: string; primary: boolean }) => [each.login, each.primary]),
    [['bob', true]],
  );
  assert.equal((await world.enter('ada')).json().user.login, 'ada', 'and somebody new afterwards');
});

test('[scm X33] an account that belongs to somebody else is not linked, and other people’s are not taken away', async (t) => {
  const world = await open(t);
  await world.enter('ada');
  await world.enter('bob');
  const taken = await world.enter('ada', { link: true });
  assert.deepEqual([taken.statusCode, taken.json().error_code], [409, 'identity-taken']);
  const [own] = (await world.browser.get('/api/user/identities')).json();
  assert.equal(own.login, 'bob');
  assert.equal((await world.browser.delete(`/api/user/identities/${own.id - 1}`)).statusCode, 404);
  const weak = await world.bearer((await findUserByLogin(world.db, 'bob')) ?? assert.fail(), [
    'account:write',
  ]);
  const url = `/api/user/identities/${own.id}`;
  const refused = await world.app.inject({ method: 'DELETE', url, headers: weak });
  assert.equal(refused.json().error_code, 'token-scope');
});

test('two first sign-ins of one person at once make one account', async (t) => {
  const world = await open(t);
  const answers = await Promise.all([1, 2, 3].map(() => world.enter('ada', {}, openBrowser(world.app))));
  assert.deepEqual(
    answers.map((answer) => [answer.statusCode, answer.json().user.login]),
    [1, 2, 3].map(() => [200, 'ada']),
  );
});

test('the ways in are told to everybody, and an address at a form leads to the page', async (t) => {
  const world = await open(t);
  const answer = await world.app.inject('/api/sign-in');
  assert.deepEqual(answer.json(), {
    ways: [{ name: 'gogs', title: 'Gogs', kind: 'form', accepts_token: true, url: '/login' }],
    registration_open: true,
  });
  assert.equal((await world.browser.get('/login/to/gogs')).headers.location, '/login');
  assert.equal((await world.browser.get('/login/to/none')).headers.location, '/login/error?code=not-found');
});

test('every sign-in is in the audit log', async (t) => {
  const world = await open(t);
  await world.enter('ada');
  await world.enter('ada', { password: 'wrong' });
  const rows = await world.db.selectFrom('audit').select(['login', 'action', 'via', 'status']).execute();
  assert.deepEqual(rows, [{ login: 'ada', action: 'signIn', via: 'session', status: 200 }]);
});
