import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';
import { createOidcProvider, type OidcSettings } from '../auth/oidc.ts';
import { openProvider, type ProviderOptions } from '../auth/oidc-provider.fixture.ts';
import { ensureConnection } from '../store/connections.ts';
import { openDatabase } from '../store/db.ts';
import { countUsers } from '../store/users.ts';
import { openBrowser } from './browser.fixture.ts';

const ADA = {
  preferred_username: 'Ada.L',
  name: 'Ada L',
  email: 'ada@example.test',
  email_verified: true,
  groups: ['dev', 'ops'],
};

interface Options extends ProviderOptions {
  readonly settings?: Partial<OidcSettings>;
  readonly env?: Readonly<Record<string, string>>;
}

async function open(t: TestContext, { settings = {}, env = {}, ...options }: Options = {}) {
  const provider = await openProvider({ claims: ADA, ...options });
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  const url = provider.issuer;
  const connection = await ensureConnection(database.db, { kind: 'oidc', name: 'oidc', url });
  const clock = { now: 0 };
  const oidc = createOidcProvider({
    settings: { ...provider.settings, ...settings },
    title: 'Example ID',
    now: () => clock.now,
  });
  const singleSignOn = { connection, title: 'Example ID', provider: oidc };
  const world = await createHttpWorld({ database, env, app: { singleSignOn } });
  t.after(async () => {
    await world.close();
    await provider.close();
  });
  const browser = openBrowser(world.app);
  const begin = async (query = '', by = browser) => {
    const answer = await by.get(`/login/to/oidc${query}`, { 'sec-fetch-site': 'same-origin' });
    return String(answer.headers.location);
  };
  const end = async (back: URL, by = browser) =>
    String((await by.get(`${back.pathname}${back.search}`)).headers.location);
  /** The whole way, to where the browser is sent at the end. */
  const signIn = async (query = '', by = browser) => end(await provider.visit(await begin(query, by)), by);
  return { ...world, provider, browser, begin, end, signIn, clock };
}

const failed = (code: string) => `/login/error?code=${code}`;

test('a person signs in with the identity provider, with PKCE, state and nonce', async (t) => {
  const world = await open(t);
  assert.deepEqual((await world.app.inject('/api/sign-in')).json().ways, [
    { name: 'oidc', title: 'Example ID', kind: 'redirect', accepts_token: false, url: '/login/to/oidc' },
  ]);
  const url = new URL(await world.begin('?next=/here'));
  const asked = Object.fromEntries(url.searchParams);
  assert.equal(asked.code_challenge_method, 'S256');
  assert.equal(asked.scope, 'openid profile email');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked[name] ?? '', /^[\w-]{43}$/);
  assert.equal(await world.end(await world.provider.visit(url.href)), '/here');
  const user = (await world.browser.get('/api/user')).json();
  assert.deepEqual([user.login, user.email, user.admin], ['Ada.L', 'ada@example.test', false]);
  const [identity] = (await world.browser.get('/api/user/identities')).json();
  assert.deepEqual([identity.kind, identity.has_token, identity.primary], ['oidc', false, true]);
  world.provider.person = { sub: 'sub-ada', claims: { preferred_username: 'lovelace' } };
  assert.equal(await world.signIn(), '/');
  const again = (await world.browser.get('/api/user')).json();
  assert.deepEqual([again.id, again.login], [user.id, 'lovelace'], 'the subject counts, not the name');
  world.provider.person = { sub: 'sub-eve', claims: { preferred_username: 'lovelace' } };
  await world.signIn();
  assert.equal((await world.browser.get('/api/user')).json().login, 'lovelace-2');
});

test('an ID token that is not for this sign-in, not from there, or too old lets nobody in', async (t) => {
  const world = await open(t);
  const alterations: Readonly<Record<string, (claims: Record<string, unknown>) => Record<string, unknown>>> =
    {
      nonce: (claims) => ({ ...claims, nonce: 'another' }),
      'no nonce': ({ nonce: _nonce, ...claims }) => claims,
      issuer: (claims) => ({ ...claims, iss: 'https://evil.test' }),
      audience: (claims) => ({ ...claims, aud: 'another' }),
      expired: (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
      'no subject': ({ sub: _sub, ...claims }) => claims,
    };
  for (const [name, alter] of Object.entries(alterations)) {
    world.provider.alter = alter;
    assert.equal(await world.signIn(), failed('service-answer'), name);
  }
  world.provider.alter = (claims) => claims;
  world.provider.key = 'foreign';
  assert.equal(await world.signIn(), failed('service-answer'), 'signature');
  for (const key of ['none', 'secret'] as const) {
    world.provider.key = key;
    assert.equal(await world.signIn(), failed('service-answer'), `signature: ${key}`);
  }
  world.provider.alter = (claims) => ({ ...claims, sub: 'sub-root' });
  world.provider.key = 'own';
  assert.notEqual(await world.signIn(), '/', 'the subject of the user info is another');
  assert.equal(await countUsers(world.db), 0);
  world.provider.alter = undefined;
  assert.equal(await world.signIn(), '/');
});

test('a state of another browser, an altered one, a used code and a mixed-up issuer are refused', async (t) => {
  const world = await open(t);
  const back = await world.provider.visit(await world.begin());
  const stranger = openBrowser(world.app);
  await world.begin('', stranger);
  assert.equal(await world.end(back, stranger), failed('sign-in-state'));
  const altered = new URL(back);
  altered.searchParams.set('state', 'x'.repeat(43));
  assert.equal(await world.end(altered), failed('sign-in-state'));
  const mixed = await world.provider.visit(await world.begin());
  mixed.searchParams.set('iss', 'https://evil.test');
  assert.equal(await world.end(mixed), failed('service-answer'));
  const first = await world.provider.visit(await world.begin());
  assert.equal(await world.end(first), '/');
  const second = new URL(await world.begin());
  first.searchParams.set('state', second.searchParams.get('state') ?? '');
  assert.equal(await world.end(first), failed('sign-in-refused'), 'the code is used');
});

test('a provider that is down is named, and asked again when it is back', async (t) => {
  const world = await open(t);
  world.provider.outage = 503;
  assert.equal(await world.begin(), failed('service-unavailable'));
  world.provider.outage = undefined;
  const back = await world.provider.visit(await world.begin());
  world.provider.outage = 502;
  assert.equal(await world.end(back), failed('service-unavailable'));
  world.provider.outage = undefined;
  assert.equal(await world.signIn(), '/');
  const asked = () => world.provider.paths.filter((path) => path.includes('.well-known')).length;
  const before = asked();
  await world.begin();
  assert.equal(asked(), before, 'what is known is not asked for again');
  world.clock.now += 3600;
  await world.begin();
  assert.equal(asked(), before + 1, 'until an hour has passed');
});

test('a secret that the provider does not know is a matter of the settings', async (t) => {
  const world = await open(t, { settings: { clientSecret: 'wrong' } });
  assert.equal(await world.signIn(), failed('service-setup'));
});

test('an issuer that its own document does not name is not believed', async (t) => {
  const world = await open(t);
  const settings = {
    ...world.provider.settings,
    issuer: world.provider.issuer.replace('127.0.0.1', 'localhost'),
  };
  const other = createOidcProvider({ settings, title: 'Example ID', now: () => 0 });
  const ask = { state: 's', nonce: 'n', challenge: 'c', redirectUri: 'http://localhost:8080/login' };
  await assert.rejects(other.begin(ask), { code: 'service-answer' });
});

for (const proof of ['client_secret_post', 'none'] as const) {
  test(`a client may prove itself with ${proof}`, async (t) => {
    const world = await open(t, { proof });
    assert.equal(await world.signIn(), '/');
  });
}

test('only people of the allowed groups sign in, each time', async (t) => {
  const world = await open(t, { settings: { allowedGroups: ['ops'] } });
  assert.equal(await world.signIn(), '/');
  world.provider.person = { sub: 'sub-ada', claims: { ...ADA, groups: ['dev'] } };
  assert.equal(await world.signIn(), failed('sign-in-membership'));
  world.provider.person = { sub: 'sub-ada', claims: {} };
  assert.equal(await world.signIn(), failed('sign-in-membership'));
});

test('the filter of new accounts knows groups as organisations', async (t) => {
  const world = await open(t, { env: { DRONE_USER_FILTER: 'OPS' } });
  assert.equal(await world.signIn(), '/');
  const other = await open(t, { env: { DRONE_USER_FILTER: 'sales' } });
  assert.equal(await other.signIn(), failed('sign-in-membership'));
});

test('odd claims make a usable login, and e-mail addresses count only when they are verified', async (t) => {
  const world = await open(t);
  const claims = [
    [{ preferred_username: 'ada@example.test' }, 'ada', ''],
    [{ preferred_username: 'Zoë Über/../x' }, 'Zoe-Uber-..-x', ''],
    [{ preferred_username: ['a'], email: 'eve@x.test', email_verified: false }, 'sub-2', ''],
    [{ email: 'kim@x.test', email_verified: true }, 'kim', 'kim@x.test'],
    [{ preferred_username: '///' }, 'user', ''],
    [{ preferred_username: 'x'.repeat(200) }, 'x'.repeat(44), ''],
  ] as const;
  for (const [at, [given, login, email]] of claims.entries()) {
    world.provider.person = { sub: `sub-${at}`, claims: given };
    assert.equal(await world.signIn(), '/');
    const user = (await world.browser.get('/api/user')).json();
    assert.deepEqual([user.login, user.email], [login, email]);
  }
});

test('an account of the provider is linked to the person who is signed in', async (t) => {
  const world = await open(t);
  const owner = await world.addUser({ login: 'owner' });
  world.browser.cookies.set('_session_', (await world.cookie(owner)).cookie.slice('_session_='.length));
  assert.equal(await world.signIn('?link=true&next=/account'), '/account');
  const fresh = openBrowser(world.app);
  assert.equal(await world.signIn('', fresh), '/');
  assert.equal((await fresh.get('/api/user')).json().id, owner.id);
});

test('[scm X30] the local part of an e-mail address is nobody’s login for the filter and for accounts made before', async (t) => {
  const person = { email: 'ada@evil.test', email_verified: true };
  const open1 = await open(t, { claims: person });
  const made = await open1.addUser({ login: 'ada', uid: '', connectionId: 1, isAdmin: true });
  assert.equal(await open1.signIn(), '/');
  const { id, login, admin } = (await open1.browser.get('/api/user')).json();
  assert.deepEqual([login, admin, id === made.id], ['ada-2', false, false]);
  const filtered = await open(t, { claims: person, env: { DRONE_USER_FILTER: 'ada' } });
  assert.equal(await filtered.signIn(), failed('sign-in-membership'));
  const whole = await open(t, { claims: person, env: { DRONE_USER_FILTER: 'Ada@evil.test' } });
  assert.equal(await whole.signIn(), '/');
  whole.provider.person = { sub: 'other', claims: { email: 'ada@evil.test', email_verified: 'false' } };
  assert.equal(
    await whole.signIn(),
    failed('sign-in-membership'),
    'an address that is not verified is nobody’s',
  );
});
