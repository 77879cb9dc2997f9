import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { TEST_KEY } from '@sortie/testing/domain-builders';
import { createSealer } from '../seal/sealer.ts';
import { openToken } from '../services/identity-tokens.ts';
import { findIdentityByUid } from '../store/identities.ts';
import { countUsers, findUserByLogin } from '../store/users.ts';
import { openBrowser } from './browser.fixture.ts';
import { openRedirectWorld as open } from './redirect-world.fixture.ts';

const STATE_ERROR = [303, '/login/error?code=sign-in-state'];
const OAUTH2 = ['gitea', 'github', 'gitlab', 'bitbucket'] as const;
const UID = { gitea: '7', github: '7', gitlab: '7', bitbucket: '{u-7}', stash: '7' } as const;

for (const kind of [...OAUTH2, 'stash'] as const) {
  test(`[scm L13] [scm X13] [scm X12] ${kind}: who comes back in the same browser is in, once`, async (t) => {
    const world = await open(t, kind);
    const { url, state, back } = await world.begin('?next=/acme/rocket');
    assert.equal(url.origin, new URL(world.fake.url).origin);
    const [cookie = ''] = world.browser.lastCookies;
    assert.match(cookie, /^_oauth_state_=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    if (kind !== 'stash') {
      assert.match(state, /^[\w-]{43}$/);
      assert.equal(url.searchParams.get('redirect_uri'), 'http://localhost:8080/login');
    }
    const stored = JSON.stringify(await world.db.selectFrom('sign_in_states').selectAll().execute());
    assert.ok(state === '' || !stored.includes(state), 'the state is kept as a hash only');
    assert.ok(!stored.includes('hush'), 'the secret of the request token is sealed');

    assert.deepEqual(await world.comeBack(back), [303, '/acme/rocket']);
    assert.equal((await world.browser.get('/api/user')).json().login, 'ada');
    const identity = await findIdentityByUid(world.db, world.connection.id, UID[kind]);
    const token = identity && openToken(createSealer([TEST_KEY]), identity);
    assert.equal(token?.access, 'token-of-ada');
    assert.ok(!JSON.stringify(identity).includes('token-of-ada'));

    const calls = world.fake.calls.length;
    assert.deepEqual(await world.comeBack(back), STATE_ERROR, 'the cookie is gone');
    const [pair = ''] = cookie.split(';');
    world.browser.cookies.set('_oauth_state_', pair.slice('_oauth_state_='.length));
    assert.deepEqual(await world.comeBack(back), STATE_ERROR, 'a state works once');
    assert.equal(world.fake.calls.length, calls);
  });

  test(`[scm L13] [scm X13] [scm X12] ${kind}: a state that is missing, altered, too old or another browser’s asks nothing of the service`, async (t) => {
    const world = await open(t, kind);
    const { back } = await world.begin();
    const calls = world.fake.calls.length;
    const missing = kind === 'stash' ? 'oauth_verifier=right' : 'code=right';
    assert.deepEqual(await world.comeBack(missing), STATE_ERROR);
    await world.begin();
    const altered = kind === 'stash' ? back.replace('request-1', 'request-2') : back.replace(/.$/, '~');
    assert.deepEqual(await world.comeBack(altered), STATE_ERROR);
    const again = await world.begin();
    const stranger = openBrowser(world.app);
    assert.deepEqual(await world.comeBack(again.back, stranger), STATE_ERROR, 'without the cookie');
    stranger.cookies.set('_oauth_state_', 'A'.repeat(43));
    assert.deepEqual(await world.comeBack(again.back, stranger), STATE_ERROR, 'with another cookie');
    await world.begin('', stranger);
    if (kind !== 'stash') assert.deepEqual(await world.comeBack(again.back, stranger), STATE_ERROR);
    const late = await world.begin();
    world.advance(600_000);
    assert.deepEqual(await world.comeBack(late.back), STATE_ERROR);
    const begun = kind === 'stash' ? 4 : 0;
    assert.equal(world.fake.calls.length - calls, begun);
    assert.equal(await countUsers(world.db), 0);
  });

  test(`[scm L14] [scm L7] ${kind}: a refused code and a service in trouble make no account`, async (t) => {
    const world = await open(t, kind);
    const { back } = await world.begin();
    assert.deepEqual(await world.comeBack(back.replace('=right', '=wrong')), [
      303,
      '/login/error?code=sign-in-refused',
    ]);
    const other = await world.begin();
    world.fake.interpose({ status: 500, text: 'oops' });
    assert.deepEqual(await world.comeBack(other.back), [303, '/login/error?code=service-unavailable']);
    assert.equal(await countUsers(world.db), 0);
    assert.ok(!world.browser.cookies.has('_session_'));
  });
}

for (const kind of OAUTH2) {
  test(`[scm X12] ${kind}: PKCE where the service has it`, async (t) => {
    const world = await open(t, kind);
    const { url, back } = await world.begin();
    const challenge = url.searchParams.get('code_challenge');
    await world.comeBack(back);
    const call = world.fake.calls.find(({ path }) => /access_token$|oauth\/token$/.test(path));
    const verifier = new URLSearchParams(call?.body).get('code_verifier');
    if (kind === 'bitbucket') return assert.deepEqual([challenge, verifier], [null, null]);
    assert.match(verifier ?? '', /^[\w-]{43}$/);
    assert.equal(
      createHash('sha256')
        .update(verifier ?? '')
        .digest('base64url'),
      challenge,
    );
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
  });
}

test('[ledger 26] [scm X15] what a provider says in its error is not repeated', async (t) => {
  const world = await open(t, 'gitea');
  const { state } = await world.begin();
  const said = `error=access_denied&error_description=%3Cscript%3E&state=${state}`;
  assert.deepEqual(await world.comeBack(said), [303, '/login/error?code=sign-in-refused']);
  assert.deepEqual(await world.comeBack('error=temporarily_unavailable'), [
    303,
    '/login/error?code=service-unavailable',
  ]);
  assert.deepEqual(await world.comeBack('error=redirect_uri_mismatch'), [
    303,
    '/login/error?code=service-setup',
  ]);
});

test('[scm X12] the cookie travels over TLS only where the server is reached that way', async (t) => {
  const world = await open(t, 'gitea', {
    env: { DRONE_SERVER_HOST: 'ci.example.test', DRONE_SERVER_PROTO: 'https' },
  });
  await world.begin();
  assert.match(world.browser.lastCookies.join(), /; HttpOnly; Secure; SameSite=Lax$/);
});

test('DRONE_GITEA_REDIRECT_URL is what the service is told, at both ends', async (t) => {
  const redirectUrl = 'https://front.example.test/login';
  const world = await open(t, 'gitea', { redirectUrl });
  const { url, back } = await world.begin();
  assert.equal(url.searchParams.get('redirect_uri'), redirectUrl);
  await world.comeBack(back);
  const call = world.fake.calls.find(({ path }) => path.endsWith('access_token'));
  assert.equal(new URLSearchParams(call?.body).get('redirect_uri'), redirectUrl);
});

test('below a path of its own everything is sent there', async (t) => {
  const world = await open(t, 'gitea', { env: { DRONE_SERVER_HOST: 'http://ci.example.test/ci' } });
  const { url, back } = await world.begin('', world.browser, '/ci/login/to/gitea');
  assert.equal(url.searchParams.get('redirect_uri'), 'http://ci.example.test/ci/login');
  assert.match(world.browser.lastCookies.join(), /Path=\/ci;/);
  assert.deepEqual(await world.comeBack(back, world.browser, '/ci/login'), [303, '/ci/']);
  assert.deepEqual(await world.comeBack('error=x', world.browser, '/ci/login'), [
    303,
    '/ci/login/error?code=sign-in-refused',
  ]);
  assert.equal((await world.app.inject('/ci/api/sign-in')).json().ways[0].url, '/ci/login/to/gitea');
});

test('a page of this server links an account, another site does not, and nobody else ends it', async (t) => {
  const world = await open(t, 'gitea');
  const sign = async (login: string) => {
    const user = await world.addUser({ login });
    world.browser.cookies.set('_session_', (await world.cookie(user)).cookie.slice('_session_='.length));
    return user;
  };
  const same = { 'sec-fetch-site': 'same-origin' };
  assert.deepEqual(world.place303(await world.browser.get('/login/to/gitea?link=true', same)), [
    303,
    '/login/error?code=unauthorized',
  ]);
  const owner = await sign('owner');
  const foreign = await world.browser.get('/login/to/gitea?link=true', { 'sec-fetch-site': 'cross-site' });
  assert.equal(foreign.headers.location, '/login/error?code=cross-site-request');
  const overHttp = async (headers: Record<string, string>) =>
    (await world.browser.get('/login/to/gitea?link=true', headers)).headers.location;
  assert.equal(await overHttp({}), '/login/error?code=cross-site-request');
  assert.equal(await overHttp({ referer: 'http://evil.test/' }), '/login/error?code=cross-site-request');
  assert.match(String(await overHttp({ referer: 'http://localhost:8080/account' })), /oauth\/authorize/);
  const first = await world.begin('?link=true&next=/account');
  await sign('mallory');
  assert.deepEqual(await world.comeBack(first.back), STATE_ERROR);
  const calls = world.tokenCalls();
  assert.equal(calls, 0);
  const cookie = await world.cookie(owner);
  world.browser.cookies.set('_session_', cookie.cookie.slice('_session_='.length));
  const second = await world.begin('?link=true&next=/account');
  assert.deepEqual(await world.comeBack(second.back), [303, '/account']);
  assert.equal((await findIdentityByUid(world.db, world.connection.id, '7'))?.userId, owner.id);
  assert.equal(await findUserByLogin(world.db, 'ada'), undefined);
});

test('GitLab tells the age of an account, and DRONE_MIN_AGE heeds it', async (t) => {
  const world = await open(t, 'gitlab', { env: { DRONE_MIN_AGE: '87600h' } });
  const { back } = await world.begin();
  // Made in March 2026, ten months before the clock of the test.
  assert.deepEqual(await world.comeBack(back), [303, '/login/error?code=account-too-new']);
  const gitea = await open(t, 'gitea', { env: { DRONE_MIN_AGE: '87600h' } });
  const unknown = await gitea.begin();
  assert.deepEqual(await gitea.comeBack(unknown.back), [303, '/']);
});

test('an address cannot begin sign-ins without end', async (t) => {
  const world = await open(t, 'gitea');
  for (let at = 0; at < 60; at += 1) await world.begin();
  const answer = await world.browser.get('/login/to/gitea');
  assert.equal(answer.headers.location, '/login/error?code=rate-limited');
  const { count } = await world.db
    .selectFrom('sign_in_states')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(count, 60);
  world.advance(600_000);
  await world.begin();
  assert.equal((await world.db.selectFrom('sign_in_states').selectAll().execute()).length, 1);
});

/** Codes that were sent to the token endpoint of a fake, with the verifier. */
function traded(
  fake: { readonly calls: readonly { readonly path: string; readonly body: string }[] } | undefined,
) {
  return (fake?.calls ?? [])
    .filter(({ path }) => /access[_-]token$|oauth\/token$/.test(path))
    .map(({ body }) => new URLSearchParams(body))
    .map((form) => ({ code: form.get('code'), verifier: form.get('code_verifier') }));
}

test('[scm X12] a code of one service that is brought back with the state of another never counts for the first', async (t) => {
  // Gitea is the one that mixes: it sends the browser on to GitHub, where the person is signed in.
  const world = await open(t, 'gitea', { beside: 'github' });
  const { state } = await world.begin();
  const answer = await world.comeBack(`code=code-of-github&state=${state}`);
  assert.deepEqual(answer, [303, '/login/error?code=sign-in-refused']);
  const [stolen, ...more] = traded(world.fake);
  assert.deepEqual(
    [stolen?.code, more],
    ['code-of-github', []],
    'it goes to the service of the state, and to no other',
  );
  assert.deepEqual(traded(world.otherFake), []);
  assert.equal(await countUsers(world.db), 0);
  // Whoever has got the code so can only bring it with a sign-in of his own, whose verifier is another one.
  const own = await world.begin('', world.browser, '/login/to/github');
  await world.comeBack(`code=code-of-github&state=${own.state}`);
  const [brought] = traded(world.otherFake);
  assert.equal(brought?.code, 'code-of-github');
  assert.ok(brought.verifier, 'GitHub compares it with the challenge that the code was given for');
  assert.notEqual(brought.verifier, stolen?.verifier);
});

test('[scm X12] an answer that names another connected service as its issuer is refused before any code is sent', async (t) => {
  const world = await open(t, 'gitea', { beside: 'github' });
  const other = encodeURIComponent(`${world.otherFake?.url}login/oauth`);
  const mixed = await world.begin();
  assert.deepEqual(await world.comeBack(`${mixed.back}&iss=${other}`), STATE_ERROR);
  assert.deepEqual([...traded(world.fake), ...traded(world.otherFake)], []);
  for (const issuer of [world.fake.url, 'https://an.alias.example.test', 'no address']) {
    const { back } = await world.begin();
    assert.deepEqual(await world.comeBack(`${back}&iss=${encodeURIComponent(issuer)}`), [303, '/'], issuer);
  }
});
