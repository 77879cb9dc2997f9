import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { findSecret } from '../store/secrets.ts';

const VALUE = 'hunter2-and-more';
type Headers = Readonly<Record<string, string>>;

describe('secrets over the API', () => {
  let world: HttpWorld;
  let repo: Repo;
  let writer: Headers;
  let admin: Headers;
  let base: string;

  beforeEach(async () => {
    world = await createHttpWorld();
    repo = (await world.start([])).repo;
    base = `/api/repos/${repo.slug}/secrets`;
    const user = await world.addUser({ login: 'grace' });
    await world.grant(user, repo, { read: true, write: true, admin: false });
    writer = await world.bearer(user);
    admin = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
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

  const create = (name: string, more: object = {}, headers = writer) =>
    call('POST', base, headers, { name, data: VALUE, ...more });

  it('[api createRepoSecret] [sdk S17] a new secret is answered without its value, flags only when set', async () => {
    const answer = await create('token', { pull_request: true, type: 'x' });
    assert.equal(answer.statusCode, 200);
    const { id, repo_id, namespace, name, data, type, ...rest } = answer.json();
    assert.deepEqual(
      [repo_id, namespace, name, data, type],
      [repo.id, undefined, 'token', undefined, undefined],
    );
    assert.deepEqual([rest.pull_request, rest.pull_request_push], [true, undefined]);
    assert.deepEqual([id > 0, rest.created, rest.updated], [true, world.now(), world.now()]);
  });

  it('[api listRepoSecrets] [api getRepoSecret] secrets are listed by name and found by their exact one', async () => {
    for (const name of ['b', 'a', 'B']) await create(name);
    const listed = (await call('GET', base, writer)).json<{ name: string }[]>();
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['B', 'a', 'b'],
    );
    assert.equal((await call('GET', `${base}/b`, writer)).json().name, 'b');
    const missing = await call('GET', `${base}/c`, writer);
    assert.deepEqual([missing.statusCode, missing.json().message], [404, 'Not Found']);
  });

  it('[api updateRepoSecret] a change keeps what is absent or null, and can switch a flag off', async () => {
    await create('token', { pull_request: true });
    const before = await findSecret(world.db, { repoId: repo.id, name: 'token' });
    const flags = { data: null, pull_request: null, pull_request_push: true };
    assert.equal((await call('PATCH', `${base}/token`, writer, flags)).json().pull_request, true);
    assert.equal((await findSecret(world.db, { repoId: repo.id, name: 'token' }))?.sealed, before?.sealed);
    world.advance(5_000);
    const changed = await call('PATCH', `${base}/token`, writer, { data: 'other', pull_request: false });
    assert.deepEqual([changed.json().pull_request, changed.json().updated], [undefined, world.now()]);
    const after = await findSecret(world.db, { repoId: repo.id, name: 'token' });
    assert.equal(world.sealer.open(after?.sealed ?? '', `secrets.sealed:repo/${repo.id}:token`), 'other');
    assert.equal((await call('PATCH', `${base}/nothing`, writer, {})).statusCode, 404);
    assert.equal((await call('PATCH', `${base}/token`, writer)).statusCode, 400);
  });

  it('[ops C56] a value cannot be changed to an empty one', async () => {
    await create('token');
    const answer = await call('PATCH', `${base}/token`, writer, { data: '' });
    assert.deepEqual([answer.statusCode, answer.json().message], [400, 'Invalid Secret Value']);
  });

  it('[api deleteRepoSecret] a removed secret is gone, and cannot be removed twice', async () => {
    await create('token');
    const gone = await call('DELETE', `${base}/token`, writer);
    assert.deepEqual([gone.statusCode, gone.body], [204, '']);
    assert.equal((await call('DELETE', `${base}/token`, writer)).statusCode, 404);
  });

  it('[ops C55] names are ASCII letters, digits, dash, underscore and dot', async () => {
    for (const name of ['A-b_c.1', '..', '__proto__'])
      assert.equal((await create(name)).statusCode, 200, name);
    for (const name of ['a b', '', 'é', 'a/b', 'a\n', 'x'.repeat(501)]) {
      const answer = await create(name);
      assert.deepEqual([answer.statusCode, answer.json().message], [400, 'Invalid Secret Name'], name);
    }
  });

  it('values that no variable can hold are refused: empty, NUL, more than 64 KiB', async () => {
    for (const data of ['', 'a\0b', 'é'.repeat(32_769), '\ud800']) {
      const answer = await create('token', { data });
      assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'secret-invalid']);
    }
    assert.equal((await create('token', { data: undefined })).json().message, 'Invalid Secret Value');
    assert.equal((await create('token', { data: 'é'.repeat(32_768) })).statusCode, 200);
  });

  it('[ledger 12] a taken name is a conflict, and of two at once one wins', async () => {
    const both = await Promise.all([create('token'), create('token')]);
    assert.deepEqual(both.map(({ statusCode }) => statusCode).sort(), [200, 409]);
    assert.equal((await create('token')).json().error_code, 'already-exists');
  });

  it('readers may not see which secrets there are', async () => {
    const user = await world.addUser({ login: 'reader' });
    await world.grant(user, repo, { read: true, write: false, admin: false });
    assert.equal((await call('GET', base, await world.bearer(user))).statusCode, 404);
    assert.equal((await call('GET', base, {})).statusCode, 401);
  });

  it('tokens need secrets:read to list and secrets:write to change', async () => {
    const user = await world.addUser({ login: 'scoped', isAdmin: true });
    const reads = await world.bearer(user, ['secrets:read']);
    const writes = await world.bearer(user, ['secrets:write']);
    assert.equal((await create('token', {}, reads)).statusCode, 403);
    assert.equal((await create('token', {}, writes)).statusCode, 200);
    assert.equal((await call('GET', base, reads)).statusCode, 200);
    assert.equal((await call('GET', base, writes)).statusCode, 200);
    assert.equal((await call('GET', base, await world.bearer(user, ['builds:write']))).statusCode, 403);
  });

  it('[ledger 13] bodies that are no object or no JSON are refused without being repeated', async () => {
    for (const payload of [
      '',
      '[]',
      '"x"',
      VALUE,
      `{"data": ${VALUE}}`,
      `{"name":"a","data":["${VALUE}"]}`,
    ]) {
      const answer = await world.app.inject({ method: 'POST', url: base, headers: writer, payload });
      assert.equal(answer.statusCode, 400, payload);
      assert.ok(!answer.body.includes('hunter2'), answer.body);
    }
  });

  it('[scm X17] the database holds no value in any table', async () => {
    await create('token');
    await call('PATCH', `${base}/token`, writer, { data: `${VALUE}!` });
    await call('POST', '/api/secrets/acme', admin, { name: 'token', data: VALUE });
    const tables = await world.db.introspection.getTables();
    for (const { name } of tables) {
      const rows = await world.db
        .selectFrom(name as 'secrets')
        .selectAll()
        .execute();
      assert.ok(!JSON.stringify(rows).includes(VALUE), name);
    }
    const noted = await world.db.selectFrom('audit').select(['action', 'status']).orderBy('id').execute();
    assert.deepEqual(
      noted.map(({ action, status }) => [action, status]),
      [
        ['createRepoSecret', 200],
        ['updateRepoSecret', 200],
        ['createNamespaceSecret', 200],
      ],
    );
    assert.deepEqual(world.failures, []);
  });
});
