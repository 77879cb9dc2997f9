import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upsertMembership } from '../../store/memberships.ts';
import { MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

const TEXT = 'text/plain; charset=utf-8';

/** Rows, whether version 1 answers at the usual place, path, and who is refused how. */
const HOMES = [
  {
    keys: '[legacy 23] [legacy 24] [legacy 25]',
    isShared: true,
    path: '/api/repos/octocat/demo/secrets',
    guest: 401,
    reader: 404,
  },
  {
    keys: '[legacy 27] [legacy 28] [legacy 29]',
    isShared: false,
    path: '/api/teams/octocat/secrets',
    guest: 401,
    reader: 401,
  },
  {
    keys: '[legacy 30] [legacy 31] [legacy 32]',
    isShared: false,
    path: '/api/global/secrets',
    guest: 401,
    reader: 403,
  },
] as const;

for (const at of MOUNTS) {
  for (const { keys, isShared, path, guest, reader } of HOMES) {
    const url = `${at}${path}`;

    test(`${keys} ${url}: listed without values, replaced by name, removed`, async (t) => {
      const world = await openLegacyWorld(t);
      const headers = world.asRoot;
      const list = async () => (await world.ask('GET', url, { headers })).json<Record<string, unknown>[]>();
      assert.deepEqual(await list(), []);
      const payload = { name: 'KEY', value: 's3cret', image: ['golang:*'], event: ['push'], conceal: true };
      const made = await world.ask('POST', url, { headers, payload });
      assert.deepEqual([made.status, made.type, made.body], [200, TEXT, '']);
      const [first = {}] = await list();
      const { id, name, value, image, event, skip_verify, conceal } = first;
      assert.deepEqual(
        { name, value, image, event, skip_verify, conceal },
        {
          name: 'KEY',
          value: '',
          image: ['golang:*'],
          event: ['push'],
          skip_verify: false,
          conceal: true,
        },
      );
      if (at !== '') {
        assert.deepEqual(Object.keys(first), [
          'id',
          'name',
          'value',
          'image',
          'event',
          'skip_verify',
          'conceal',
        ]);
      }
      const empty = { name: 'KEY', value: '' };
      assert.equal((await world.ask('POST', url, { headers, payload: empty })).status, 200);
      const [second = {}, ...others] = await list();
      assert.deepEqual(others, []);
      assert.deepEqual([second.id, second.image, second.conceal], [id, undefined, false]);
      const bad = await world.ask('POST', url, { headers, payload: { name: 'a b', value: 'x' } });
      assert.equal(bad.status, 400);
      assert.equal((await world.ask('POST', url, { headers, payload: '[' })).status, 400);
      const gone = await world.ask('DELETE', `${url}/KEY`, { headers });
      // Version 1 answers in a repository: both are success to a client of 0.5.
      assert.deepEqual([gone.status, gone.body], [at === '' && isShared ? 204 : 200, '']);
      assert.equal((await world.ask('DELETE', `${url}/KEY`, { headers })).status, 404);
    });

    test(`${keys} ${url}: only for those who may`, async (t) => {
      const world = await openLegacyWorld(t);
      const payload = { name: 'KEY', value: 's3cret' };
      for (const [headers, status] of [
        [{}, guest],
        [world.asReader, reader],
      ] as const) {
        assert.equal((await world.ask('GET', url, { headers })).status, status);
        assert.equal((await world.ask('POST', url, { headers, payload })).status, status);
        assert.equal((await world.ask('DELETE', `${url}/KEY`, { headers })).status, status);
      }
    });
  }
}

test('[legacy 24] version 1 makes a secret from data, also beside value, and refuses a second one', async (t) => {
  const world = await openLegacyWorld(t);
  const url = '/api/repos/octocat/demo/secrets';
  const headers = world.asRoot;
  const payload = { name: 'KEY', data: 'one', value: 'two' };
  const made = await world.ask('POST', url, { headers, payload });
  assert.equal(made.json<{ name: string }>().name, 'KEY');
  assert.equal((await world.ask('POST', url, { headers, payload })).status, 409);
});

test('[legacy 27] whoever has the name of the team may see its secrets', async (t) => {
  const world = await openLegacyWorld(t);
  const owner = await world.addUser({ login: 'octocat' });
  for (const at of MOUNTS) {
    const url = `${at}/api/teams/octocat/secrets`;
    assert.equal((await world.ask('GET', url, { headers: await world.bearer(owner) })).status, 200);
  }
});

test('[legacy 27] [legacy 28] [legacy 29] a team with the name of the secrets of the server does not get at them', async (t) => {
  const world = await openLegacyWorld(t);
  const membership = { userId: world.reader.id, role: 'admin', synced: 1 } as const;
  const payload = { name: 'TOKEN', value: 'x', image: ['*'], event: ['push'] };
  await world.ask('POST', '/v0/api/global/secrets', { headers: world.asRoot, payload });
  for (const namespace of ['__global__', '__GLOBAL__']) {
    await upsertMembership(world.db, { ...membership, namespace });
    const url = `/v0/api/teams/${namespace}/secrets`;
    const statuses = [
      await world.ask('GET', url, { headers: world.asReader }),
      await world.ask('POST', url, { headers: world.asReader, payload }),
      await world.ask('DELETE', `${url}/TOKEN`, { headers: world.asReader }),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [401, 401, 401], namespace);
  }
});
