import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { upsertMembership } from '../store/memberships.ts';

const VALUE = 'hunter2-and-more';
type Headers = Readonly<Record<string, string>>;

describe('secrets of a namespace over the API', () => {
  let world: HttpWorld;
  let stranger: Headers;
  let admin: Headers;
  let member: Headers;
  let owner: Headers;
  const acme = '/api/secrets/acme';

  beforeEach(async () => {
    world = await createHttpWorld();
    stranger = await world.bearer(await world.addUser({ login: 'grace' }));
    admin = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
    member = await world.bearer(await world.addOrgMember('member', 'acme', 'member'));
    owner = await world.bearer(await world.addOrgMember('owner', 'acme', 'admin'));
  });
  afterEach(() => world.close());

  async function call(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    headers: Headers,
    body?: unknown,
  ) {
    const payload = body === undefined ? {} : { payload: JSON.stringify(body) };
    const answer = await world.app.inject({ method, url, headers, ...payload });
    assert.ok(!answer.body.includes(VALUE), `${method} ${url} shows the value`);
    return answer;
  }

  it('[ops C64] [ledger 4] are made by its administrators and those of the server; members get 401', async () => {
    const statuses = [];
    for (const [name, who] of [
      ['a', member],
      ['b', owner],
      ['c', admin],
      ['d', stranger],
      ['e', {}],
    ] as const) {
      const answer = await call('POST', acme, who, { name, data: VALUE });
      statuses.push([answer.statusCode, answer.json().message]);
    }
    const forbidden = [401, 'Forbidden'];
    assert.deepEqual(statuses, [
      forbidden,
      [200, undefined],
      [200, undefined],
      forbidden,
      [401, 'Unauthorized'],
    ]);
  });

  it('[api createNamespaceSecret] [api getNamespaceSecret] [api listNamespaceSecrets] are shown to members, without values', async () => {
    const made = (await call('POST', acme, owner, { name: 'token', data: VALUE })).json();
    assert.deepEqual([made.namespace, made.repo_id], ['acme', undefined]);
    assert.deepEqual((await call('GET', acme, member)).json(), [made]);
    assert.deepEqual((await call('GET', `${acme}/token`, member)).json(), made);
    assert.equal((await call('GET', `${acme}/other`, member)).statusCode, 404);
    assert.equal((await call('GET', acme, stranger)).statusCode, 401);
    const taken = await call('POST', '/api/secrets/ACME', admin, { name: 'token', data: VALUE });
    assert.equal(taken.statusCode, 409);
  });

  it('[api updateNamespaceSecret] [api POST /api/secrets/{}/{}] [api deleteNamespaceSecret] are changed by PATCH and POST alike, and removed', async () => {
    await call('POST', acme, owner, { name: 'token', data: VALUE });
    for (const method of ['PATCH', 'POST'] as const) {
      for (const isOn of [true, false]) {
        const answer = await call(method, `${acme}/token`, owner, { pull_request: isOn });
        assert.deepEqual([answer.statusCode, answer.json().pull_request], [200, isOn || undefined]);
      }
      assert.equal((await call(method, `${acme}/token`, owner, { data: '' })).statusCode, 400);
      assert.equal((await call(method, `${acme}/other`, owner, {})).statusCode, 404);
      assert.equal((await call(method, `${acme}/token`, member, {})).statusCode, 401);
    }
    assert.equal((await call('DELETE', `${acme}/token`, member)).statusCode, 401);
    assert.equal((await call('DELETE', `${acme}/token`, owner)).statusCode, 204);
    assert.equal((await call('DELETE', `${acme}/token`, owner)).statusCode, 404);
  });

  it('[api listOrgSecrets] are listed over all namespaces for administrators', async () => {
    await call('POST', acme, owner, { name: 'b', data: VALUE });
    await call('POST', '/api/secrets/__global__', admin, { name: 'a', data: VALUE });
    const all = (await call('GET', '/api/secrets', admin)).json<{ name: string; namespace: string }[]>();
    assert.deepEqual(
      all.map(({ name, namespace }) => [name, namespace]),
      [
        ['a', '__global__'],
        ['b', 'acme'],
      ],
    );
    assert.equal((await call('GET', '/api/secrets', owner)).statusCode, 403);
    assert.equal((await call('GET', '/api/secrets', {})).statusCode, 401);
  });

  it('secrets of the server are for its administrators, also where an account or organisation has that name', async () => {
    const user = await world.addUser({ login: '__Global__' });
    await upsertMembership(world.db, { userId: user.id, namespace: '__global__', role: 'admin', synced: 1 });
    const impostor = await world.bearer(user);
    for (const namespace of ['__global__', '__Global__', '__GLOBAL__']) {
      const url = `/api/secrets/${namespace}`;
      assert.equal((await call('GET', url, impostor)).statusCode, 401, namespace);
      assert.equal(
        (await call('POST', url, impostor, { name: 'x', data: VALUE })).statusCode,
        401,
        namespace,
      );
    }
    const made = await call('POST', '/api/secrets/__GLOBAL__', admin, { name: 'x', data: VALUE });
    assert.equal(made.json().namespace, '__global__');
  });
});
