import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner } from '@sortie/testing/domain-builders';
import { AT_ONCE } from '@sortie/testing/queue-world';
import { addBuilds, MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const B = '/api/badges/octocat';

for (const at of MOUNTS) {
  const place = at || 'root';

  test(`[legacy 33] at ${place} runners are agents by address`, async (t) => {
    const world = await openLegacyWorld(t);
    const headers = world.asRoot;
    assert.deepEqual((await world.ask('GET', `${at}/api/agents`, { headers })).json(), []);
    await world.queue.request(aRunner({ name: 'b', capacity: 3 }), AT_ONCE);
    world.advance(1000);
    await world.queue.request(aRunner({ name: 'a' }), AT_ONCE);
    const agents = (await world.ask('GET', `${at}/api/agents`, { headers })).json<object[]>();
    assert.deepEqual(
      agents.map((agent) => Object.entries(agent).slice(0, 4)),
      [
        Object.entries({ id: 2, address: 'a', platform: 'linux/amd64', capacity: 2 }),
        Object.entries({ id: 1, address: 'b', platform: 'linux/amd64', capacity: 3 }),
      ],
    );
    assert.deepEqual(Object.keys(agents[0] ?? {}).slice(4), ['created_at', 'updated_at']);
    assert.equal((await world.ask('GET', `${at}/api/agents`)).status, 401);
    assert.equal((await world.ask('GET', `${at}/api/agents`, { headers: world.asReader })).status, 403);
  });

  test(`[legacy 34] at ${place} CCMenu reads the newest build`, async (t) => {
    const world = await openLegacyWorld(t);
    assert.equal((await world.ask('GET', `${at}${B}/demo/cc.xml`)).status, 404);
    await addBuilds(world);
    const answer = await world.ask('GET', `${at}${B}/demo/cc.xml`);
    assert.deepEqual([answer.status, answer.type], [200, 'application/xml; charset=utf-8']);
    assert.match(answer.body, /^<Projects><Project .*><\/Project><\/Projects>$/);
    const names = [...answer.body.matchAll(/ (\w+)="/g)].map(([, name]) => name);
    assert.deepEqual(names, [
      'name',
      'activity',
      'lastBuildStatus',
      'lastBuildLabel',
      'lastBuildTime',
      'webUrl',
    ]);
    assert.match(answer.body, /activity="Building" .*lastBuildLabel="Unknown" lastBuildTime=""/);
    assert.equal((await world.ask('GET', `${at}${B}/priv/cc.xml`)).status, 401);
  });

  test(`[legacy 35] at ${place} the badge says how a branch is`, async (t) => {
    const world = await openLegacyWorld(t);
    const none = await world.ask('GET', `${at}${B}/demo/status.svg`);
    assert.deepEqual([none.status, none.type], [200, 'image/svg+xml']);
    assert.match(none.body, />none</);
    await addBuilds(world);
    assert.match((await world.ask('GET', `${at}${B}/demo/status.svg`)).body, />started</);
    assert.match((await world.ask('GET', `${at}${B}/demo/status.svg?branch=x`)).body, />none</);
    const unknown = await world.ask('GET', `${at}${B}/nothing/status.svg`);
    assert.equal(unknown.status, at === '' ? 200 : 404);
  });
}

test('[legacy 35] at /v0 a killed build is an error', async (t) => {
  const world = await openLegacyWorld(t);
  await world.start(undefined, { in: world.demo });
  await world.ask('DELETE', '/v0/api/repos/octocat/demo/builds/1/1', { headers: world.asRoot });
  assert.match((await world.ask('GET', `/v0${B}/demo/status.svg`)).body, />error</);
});

test('[legacy 35] at /v0 badges that are not for everybody need the right to read', async (t) => {
  const world = await openLegacyWorld(t, { env: { SORTIE_PUBLIC_BADGES: 'false' } });
  const badge = (slug: string, headers = {}) =>
    world.ask('GET', `/v0/api/badges/${slug}/status.svg`, { headers });
  const [hidden, unknown] = [await badge('octocat/priv'), await badge('octocat/none')];
  assert.deepEqual([hidden.status, hidden.body], [404, unknown.body]);
  assert.equal((await badge('octocat/priv', world.asReader)).status, 404);
  assert.equal((await badge('octocat/priv', world.asRoot)).status, 200);
  assert.equal((await badge('octocat/demo')).status, 200);
});

test('answers below the prefix carry the headers of 0.5, and OPTIONS is answered everywhere there', async (t) => {
  const world = await openLegacyWorld(t);
  const answer = await world.ask('GET', '/v0/api/user');
  assert.equal(answer.headers['x-drone-version'], '0.1.0');
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['x-frame-options'], 'DENY');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['x-xss-protection'], '1; mode=block');
  assert.deepEqual([answer.status, answer.type], [401, 'text/plain; charset=utf-8']);
  const options = await world.ask('OPTIONS', '/v0/api/whatever');
  assert.deepEqual([options.status, options.body], [200, '']);
  assert.match(String(options.headers['access-control-allow-headers']), /authorization/);
  const root = await world.ask('GET', '/api/user');
  assert.equal(root.headers['x-drone-version'], undefined);
});

test('below the prefix only the paths of 0.5 are claimed, and unknown ones of those are 404', async (t) => {
  const world = await openLegacyWorld(t);
  assert.equal((await world.ask('GET', '/v0/api/nothing')).status, 404);
  assert.equal((await world.ask('PUT', '/v0/api/user')).status, 405);
  assert.equal((await world.ask('PUT', '/api/user/feed')).status, 405);
  // The page of a repository; the pages have not been built here.
  assert.equal((await world.ask('GET', '/v0/some-repo')).status, 503);
  assert.equal((await world.ask('GET', '/v0/api/user/', { headers: world.asRoot })).status, 200);
  assert.equal((await world.ask('HEAD', '/v0/api/user', { headers: world.asRoot })).body, '');
});

test('the prefix is a setting, and off answers nowhere else', async (t) => {
  const moved = await openLegacyWorld(t, { env: { SORTIE_LEGACY_PREFIX: '/old' } });
  assert.equal((await moved.ask('GET', '/old/api/user', { headers: moved.asRoot })).status, 200);
  const off = await openLegacyWorld(t, { env: { SORTIE_LEGACY_PREFIX: 'off' } });
  assert.notEqual((await off.ask('GET', '/v0/api/user', { headers: off.asRoot })).status, 200);
  assert.equal((await off.ask('GET', '/api/user/feed', { headers: off.asRoot })).status, 200);
});

test('changes over the 0.5 API are in the audit log, with who made them', async (t) => {
  const world = await openLegacyWorld(t);
  const payload = { name: 'KEY', value: 's3cret' };
  await world.ask('POST', '/v0/api/global/secrets', { headers: world.asRoot, payload });
  await world.ask('DELETE', '/api/global/secrets/KEY', { headers: world.asReader });
  const entries = (await world.ask('GET', '/api/audit', { headers: world.asRoot })).json<
    { action: string; login: string; status: number }[]
  >();
  assert.deepEqual(
    entries.map(({ action, login, status }) => [action, login, status]),
    [
      ['legacyDeleteGlobalSecret', 'bob', 403],
      ['legacyPostGlobalSecret', 'root', 200],
    ],
  );
  assert.doesNotMatch(JSON.stringify(entries), /s3cret/);
});

test('tokens in addresses can be switched off', async (t) => {
  const world = await openLegacyWorld(t, { env: { SORTIE_QUERY_TOKENS: 'false' } });
  const token = world.asRoot.authorization?.replace('Bearer ', '');
  assert.equal((await world.ask('GET', `/v0/api/user?access_token=${token}`)).status, 401);
  assert.equal((await world.ask('GET', `/api/user?access_token=${token}`)).status, 401);
});
