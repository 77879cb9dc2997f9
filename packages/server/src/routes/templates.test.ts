import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';

type Headers = Readonly<Record<string, string>>;
type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

const DATA = 'kind: pipeline\n';

describe('templates over the API', () => {
  let world: HttpWorld;
  let member: Headers;
  let owner: Headers;
  let admin: Headers;
  let stranger: Headers;

  beforeEach(async () => {
    world = await createHttpWorld();
    member = await world.bearer(await world.addOrgMember('member', 'acme', 'member'));
    owner = await world.bearer(await world.addOrgMember('owner', 'acme', 'admin'));
    admin = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
    stranger = await world.bearer(await world.addUser({ login: 'stranger' }));
  });
  afterEach(() => world.close());

  const call = (method: Method, url: string, headers: Headers, body?: object) =>
    world.app.inject({
      method,
      url: `/api/templates${url}`,
      headers,
      ...(body === undefined ? {} : { payload: body }),
    });
  const create = (name: string, headers = owner, data: string | undefined = DATA) =>
    call('POST', '/acme', headers, { name, data });

  it('[api createTemplate] a new template has its text, its namespace and its times', async () => {
    const { id, ...made } = (await create('go.yaml')).json();
    const time = world.now();
    assert.ok(id > 0);
    assert.deepEqual(made, { name: 'go.yaml', namespace: 'acme', data: DATA, created: time, updated: time });
  });

  it('[api getTemplate] [api listNamespaceTemplates] members read what is there; others get 401', async () => {
    for (const name of ['b.yml', 'a.star']) await create(name);
    const listed = (await call('GET', '/acme', member)).json<{ name: string; data: string }[]>();
    assert.deepEqual(
      listed.map(({ name, data }) => [name, data]),
      [
        ['a.star', DATA],
        ['b.yml', DATA],
      ],
    );
    assert.equal((await call('GET', '/acme/b.yml', member)).json().data, DATA);
    assert.equal((await call('GET', '/acme/c.yml', member)).statusCode, 404);
    for (const url of ['/acme', '/acme/b.yml']) {
      const answer = await call('GET', url, stranger);
      assert.deepEqual([answer.statusCode, answer.json().message], [401, 'Forbidden']);
    }
  });

  it('[api listAllTemplates] all of them are for administrators; everybody else gets 401', async () => {
    await create('go.yaml');
    await call('POST', '/other', admin, { name: 'x.yml', data: DATA });
    const all = (await call('GET', '', admin)).json<{ namespace: string }[]>();
    assert.deepEqual(
      all.map(({ namespace }) => namespace),
      ['acme', 'other'],
    );
    for (const who of [owner, {}]) assert.equal((await call('GET', '', who)).statusCode, 401);
  });

  it('names end with what the text is, and neither name nor text is empty', async () => {
    for (const ending of ['yml', 'yaml', 'star', 'starlark', 'script', 'jsonnet']) {
      assert.equal((await create(`t.${ending}`)).statusCode, 200, ending);
    }
    for (const name of ['', 'plain', 't.json', '.yaml', 't.yaml.txt', 'a/b.yml', 'a\n.yml']) {
      const answer = await create(name);
      assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'template-invalid'], name);
    }
    assert.equal((await create('t2.yml', owner, '')).statusCode, 400);
    assert.equal((await call('POST', '/acme', owner, { name: 't2.yml' })).statusCode, 400);
    assert.equal((await call('POST', '/acme', owner)).statusCode, 400);
  });

  it('[ledger 12] a taken name is a conflict, and of two at once one wins', async () => {
    const both = await Promise.all([create('go.yaml'), create('go.yaml')]);
    assert.deepEqual(both.map(({ statusCode }) => statusCode).sort(), [200, 409]);
    assert.match((await create('go.yaml')).json().message, /"acme" has a template called "go.yaml" already/);
  });

  it('[api updateTemplate] [api PUT /api/templates/{}/{}] [api deleteTemplate] PATCH and PUT change the text; members may do neither', async () => {
    await create('go.yaml');
    world.advance(5_000);
    for (const method of ['PATCH', 'PUT'] as const) {
      const changed = await call(method, '/acme/go.yaml', owner, { data: `${method}\n` });
      assert.deepEqual([changed.statusCode, changed.json().data], [200, `${method}\n`]);
      assert.equal(changed.json().updated, world.now());
      assert.equal((await call(method, '/acme/go.yaml', owner, { data: '' })).statusCode, 400);
      assert.equal((await call(method, '/acme/none.yaml', owner, { data: 'x' })).statusCode, 404);
      assert.equal((await call(method, '/acme/go.yaml', member, { data: 'x' })).statusCode, 401);
      assert.equal((await call(method, '/acme/go.yaml', owner)).statusCode, 400);
    }
    assert.equal((await call('DELETE', '/acme/go.yaml', member)).statusCode, 401);
    assert.equal((await call('DELETE', '/acme/go.yaml', owner)).statusCode, 204);
    assert.equal((await call('DELETE', '/acme/go.yaml', owner)).statusCode, 404);
  });

  it('[ledger 24] a template moves only to a namespace that its mover administers, and not onto another one', async () => {
    await create('go.yaml');
    const refused = await call('PATCH', '/acme/go.yaml', owner, { namespace: 'other' });
    assert.deepEqual([refused.statusCode, refused.json().message], [401, 'Forbidden']);
    assert.equal((await call('GET', '/acme/go.yaml', member)).statusCode, 200);
    const moved = await call('PATCH', '/acme/go.yaml', owner, { namespace: 'owner' });
    assert.deepEqual([moved.statusCode, moved.json().namespace, moved.json().data], [200, 'owner', DATA]);
    await create('go.yaml');
    assert.equal((await call('PUT', '/acme/go.yaml', admin, { namespace: 'OWNER' })).statusCode, 409);
  });

  it('old command lines name the namespace in the body, by the same rights', async () => {
    const made = await call('POST', '', owner, { namespace: 'acme', name: 'go.yaml', data: DATA });
    assert.deepEqual([made.statusCode, made.json().namespace], [200, 'acme']);
    for (const [who, namespace, status] of [
      [member, 'acme', 401],
      [owner, 'other', 401],
      [{}, 'acme', 401],
      [admin, 'other', 200],
      [owner, undefined, 400],
    ] as const) {
      const answer = await call('POST', '', who, { namespace, name: 'x.yml', data: DATA });
      assert.equal(answer.statusCode, status, `into ${namespace}`);
    }
  });

  it('tokens need builds:read to read and repos:admin to write', async () => {
    const user = await world.addUser({ login: 'scoped', isAdmin: true });
    const reads = await world.bearer(user, ['builds:read']);
    const writes = await world.bearer(user, ['repos:admin']);
    assert.equal((await create('go.yaml', reads)).statusCode, 403);
    assert.equal((await create('go.yaml', writes)).statusCode, 200);
    assert.equal((await call('GET', '/acme', reads)).statusCode, 200);
    assert.equal((await call('GET', '/acme', writes)).statusCode, 403);
  });
});
