import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signJwt } from '../../auth/legacy-jwt.ts';
import { addBuilds, MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const JSON_V0 = 'application/json; charset=utf-8';
const TEXT = 'text/plain; charset=utf-8';

for (const at of MOUNTS) {
  const place = at || 'root';

  test(`[legacy 1] at ${place} header, Bearer and query tokens show the account, nobody gets 401`, async (t) => {
    const world = await openLegacyWorld(t);
    const jwt = signJwt({ type: 'user', text: 'root' }, await world.userToken(world.root));
    const opaque = world.asRoot.authorization?.replace('Bearer ', '') ?? '';
    for (const token of [jwt, opaque]) {
      for (const [url, headers] of [
        [`${at}/api/user`, { authorization: token }],
        [`${at}/api/user`, { authorization: `Bearer ${token}` }],
        [`${at}/api/user?access_token=${token}`, {}],
      ] as const) {
        const answer = await world.ask('GET', url, { headers });
        assert.equal(answer.status, 200, url);
        assert.equal(answer.type, at === '' ? 'application/json' : JSON_V0);
        const { id, login, email, avatar_url, active, admin } = answer.json<Record<string, unknown>>();
        assert.deepEqual(
          { login, email, avatar_url, active, admin },
          {
            login: 'root',
            email: 'root@example.com',
            avatar_url: 'https://example.com/a.png',
            active: true,
            admin: true,
          },
        );
        assert.equal(typeof id, 'number');
      }
    }
    assert.equal((await world.ask('GET', `${at}/api/user`)).status, 401);
    const small = { authorization: `bearer ${jwt}` };
    assert.equal((await world.ask('GET', `${at}/api/user`, { headers: small })).status, 401);
  });

  test(`[legacy 2] at ${place} the feed is newest first, and with latest one item for each repository`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const feed = async (query: string) =>
      (await world.ask('GET', `${at}/api/user/feed${query}`, { headers: world.asRoot })).json<
        { full_name: string; number?: number }[]
      >();
    assert.deepEqual(
      (await feed('')).map(({ number }) => number),
      [3, 2, 1],
    );
    assert.deepEqual(
      (await feed('?latest=true')).map(({ full_name, number }) => [full_name, number]),
      [
        ['octocat/demo', 3],
        ['octocat/priv', undefined],
      ],
    );
    assert.equal((await feed('?latest=yes')).length, 3);
    assert.equal((await world.ask('GET', `${at}/api/user/feed`)).status, 401);
  });

  test(`[legacy 3] [legacy 4] at ${place} repositories are listed`, async (t) => {
    const world = await openLegacyWorld(t);
    const names = async (path: string) =>
      (await world.ask('GET', `${at}${path}`, { headers: world.asRoot }))
        .json<{ name: string }[]>()
        .map(({ name }) => name);
    assert.deepEqual(
      await names('/api/user/repos'),
      at === '' ? ['demo', 'fresh', 'priv'] : ['demo', 'priv'],
    );
    assert.deepEqual((await names('/api/user/repos?all=true&flush=true')).sort(), ['demo', 'fresh', 'priv']);
    assert.deepEqual(await names('/api/user/repos/remote'), ['demo', 'fresh', 'priv']);
    const remote = await world.ask('GET', `${at}/api/user/repos/remote`, { headers: world.asRoot });
    assert.deepEqual(remote.json<unknown[]>()[0], {
      owner: 'octocat',
      name: 'demo',
      full_name: 'octocat/demo',
      avatar_url: '',
    });
  });

  test(`[legacy 5] at ${place} a new user token ends the old one at once`, async (t) => {
    const world = await openLegacyWorld(t);
    const throwaway = await world.addUser({ login: 'throwaway' });
    const opaque = await world.userToken(throwaway);
    const old = signJwt({ type: 'user', text: 'throwaway' }, opaque);
    const as = (authorization: string) => ({ headers: { authorization } });
    const answer = await world.ask('DELETE', `${at}/api/user/token`, as(old));
    assert.deepEqual([answer.status, answer.type], [200, TEXT]);
    assert.match(answer.body, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.equal((await world.ask('GET', `${at}/api/user`, as(old))).status, 401);
    assert.equal((await world.ask('GET', `${at}/api/user`, as(opaque))).status, 401);
    assert.equal((await world.ask('GET', `${at}/api/user`, as(answer.body))).status, 200);
  });

  test(`[legacy 7] [legacy 8] [legacy 9] [legacy 10] [legacy 11] at ${place} accounts are made, changed and removed`, async (t) => {
    const world = await openLegacyWorld(t);
    const as = { headers: world.asRoot };
    const body = { login: 'ann', email: 'ann@example.com', avatar_url: 'https://example.com/ann.png' };
    const made = await world.ask('POST', `${at}/api/users`, {
      ...as,
      payload: { ...body, admin: at !== '' },
    });
    assert.equal(made.status, 200);
    const { id, ...user } = made.json<Record<string, unknown>>();
    if (at === '') assert.deepEqual({ ...user, ...body, active: true }, user);
    else assert.deepEqual(user, { ...body, active: true });
    const logins = (await world.ask('GET', `${at}/api/users`, as)).json<{ login: string }[]>();
    assert.deepEqual(
      logins.map(({ login }) => login),
      ['ann', 'bob', 'root'],
    );
    assert.equal((await world.ask('POST', `${at}/api/users`, { ...as, payload: '{' })).status, 400);
    assert.equal((await world.ask('POST', `${at}/api/users`, { ...as, payload: {} })).status, 400);
    assert.equal((await world.ask('POST', `${at}/api/users`, { ...as, payload: body })).status, 409);
    const off = await world.ask('PATCH', `${at}/api/users/ann`, { ...as, payload: { active: false } });
    assert.equal(off.json<{ active: boolean }>().active, false);
    const same = await world.ask('PATCH', `${at}/api/users/ann`, { ...as, payload: {} });
    assert.equal(same.json<{ active: boolean }>().active, false);
    assert.equal((await world.ask('GET', `${at}/api/users/ann`, as)).json<{ id: number }>().id, id);
    const gone = await world.ask('DELETE', `${at}/api/users/ann`, as);
    assert.deepEqual([gone.status, gone.body], [at === '' ? 204 : 200, '']);
    if (at !== '') assert.equal(gone.type, TEXT);
    assert.equal((await world.ask('GET', `${at}/api/users/ann`, as)).status, 404);
    assert.equal((await world.ask('DELETE', `${at}/api/users/ann`, as)).status, 404);
  });

  test(`[legacy 12] at ${place} the queue shows what has not ended, to administrators`, async (t) => {
    const world = await openLegacyWorld(t);
    await addBuilds(world);
    const answer = await world.ask('GET', `${at}/api/builds`, { headers: world.asRoot });
    const [item, ...others] = answer.json<Record<string, unknown>[]>();
    assert.deepEqual(others, []);
    assert.equal(item?.number, 3);
    assert.equal(item?.status, 'running');
    assert.equal('finished_at' in (item ?? {}), false);
    assert.equal((await world.ask('GET', `${at}/api/builds`, { headers: world.asReader })).status, 403);
    assert.equal((await world.ask('GET', `${at}/api/builds`)).status, 401);
  });
}

test('[legacy 6] version 1 answers JSON, the 0.5 API and whoever wants only text the bare token', async (t) => {
  const world = await openLegacyWorld(t);
  const headers = world.asRoot;
  const jwt = signJwt({ type: 'user', text: 'root' }, await world.userToken(world.root));
  const root = await world.ask('POST', '/api/user/token', { headers });
  assert.equal(root.json<{ token: string }>().token, await world.userToken(world.root));
  const both = { ...headers, accept: 'text/plain, */*' };
  assert.equal((await world.ask('POST', '/api/user/token', { headers: both })).type, 'application/json');
  for (const answer of [
    await world.ask('POST', '/api/user/token', { headers: { ...headers, accept: 'text/plain' } }),
    await world.ask('POST', '/v0/api/user/token', { headers }),
  ]) {
    assert.deepEqual([answer.status, answer.type, answer.body], [200, TEXT, jwt]);
  }
});

test('[legacy 7] [legacy 10] accounts of others never carry admin at /v0, and are for administrators', async (t) => {
  const world = await openLegacyWorld(t);
  const users = await world.ask('GET', '/v0/api/users', { headers: world.asRoot });
  assert.ok(users.json<object[]>().every((user) => !('admin' in user)));
  for (const at of MOUNTS) {
    assert.equal((await world.ask('GET', `${at}/api/users`, { headers: world.asReader })).status, 403);
    assert.equal((await world.ask('GET', `${at}/api/users/bob`)).status, 401);
  }
});
