import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { cancelBuild } from '../services/cancel-build.ts';
import { removeToken } from '../store/tokens.ts';

/** A server that listens, with one pending build and somebody who may read it. */
async function openPending(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { repo, build } = await world.start();
  const reader = await world.addUser({ login: 'reader' });
  await world.grant(reader, repo, { read: true, write: false, admin: false });
  const headers = await world.bearer(reader);
  const path = `/api/repos/${repo.slug}/builds/${build.number}`;
  return {
    world,
    repo,
    build,
    reader,
    headers,
    path,
    get: (query = '', more = {}) => world.app.inject({ url: path + query, headers: { ...headers, ...more } }),
  };
}

/** Resolves when so many requests wait for changes: each reader looks at the log when it begins. */
async function waiting(world: HttpWorld): Promise<void> {
  // SQLite answers in order: behind these, everything that was asked before has been answered.
  for (let turn = 0; turn < 20; turn += 1) await world.db.selectFrom('events').select('seq').execute();
}

test('[api getBuild] a request with wait is answered as soon as the build has ended', async (t) => {
  const { world, build, get } = await openPending(t);
  const answers = Promise.all(Array.from({ length: 5 }, () => get('?wait=60')));
  await waiting(world);
  await cancelBuild(world, build.id);
  for (const answer of await answers) {
    assert.deepEqual(
      [answer.statusCode, answer.headers['x-wait'], answer.json<WireBuild>().status],
      [200, 'satisfied', 'killed'],
    );
  }
  const late = await get('?wait=60');
  assert.deepEqual([late.headers['x-wait'], late.json<WireBuild>().status], ['satisfied', 'killed']);
});

test('until a sequence number answers at the next change, with the number to go on with', async (t) => {
  const { world, build, get } = await openPending(t);
  const { sequence } = (await get()).json<WireBuild>();
  assert.equal((await get(`?wait=60&until=${sequence - 1}`)).json<WireBuild>().sequence, sequence);
  const next = get(`?wait=60&until=${sequence}`);
  await waiting(world);
  await cancelBuild(world, build.id);
  const answer = (await next).json<WireBuild>();
  assert.ok(answer.sequence > sequence);
  const { headers } = await get(`?wait=0&until=${answer.sequence}`);
  assert.equal(headers['x-wait'], 'timeout');
});

test('until running is reached by a build that ends without having run', async (t) => {
  const { world, build, get } = await openPending(t);
  const next = get('?wait=60&until=running');
  await waiting(world);
  await cancelBuild(world, build.id);
  assert.equal((await next).headers['x-wait'], 'satisfied');
});

test('a wait that nothing happens in ends with the build as it is, or with 304 for those who know it', async (t) => {
  const { get } = await openPending(t);
  const first = await get('?wait=0');
  assert.deepEqual([first.statusCode, first.headers['x-wait']], [200, 'timeout']);
  assert.equal(first.json<WireBuild>().status, 'pending');
  const again = await get('?wait=1', { 'if-none-match': String(first.headers.etag) });
  assert.deepEqual([again.statusCode, again.headers['x-wait'], again.body], [304, 'timeout', '']);
});

test('a wait or an aim that makes no sense is refused with the remedy', async (t) => {
  const { get } = await openPending(t);
  for (const query of ['?wait=301', '?wait=-1', '?wait=soon', '?wait=', '?wait=1.5', '?wait=1&until=never']) {
    const answer = await get(query);
    assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'invalid-request'], query);
    assert.match(answer.json().hint, /Give/);
  }
});

test('whoever loses the right to read while waiting is refused', async (t) => {
  const { world, repo, build, reader, get } = await openPending(t);
  const next = get('?wait=60');
  await waiting(world);
  await world.grant(reader, repo, { read: false, write: false, admin: false });
  await cancelBuild(world, build.id);
  assert.equal((await next).statusCode, 404);
});

test('whoever loses the token while waiting is refused', async (t) => {
  const { world, build, reader, get } = await openPending(t);
  const next = get('?wait=60');
  await waiting(world);
  const { id } = await world.db.selectFrom('tokens').select('id').executeTakeFirstOrThrow();
  await removeToken(world.db, { id, userId: reader.id });
  await cancelBuild(world, build.id);
  assert.equal((await next).statusCode, 401);
});

test('a server that stops answers those who wait with what there is', async (t) => {
  const { world, headers, path } = await openPending(t);
  const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
  const next = fetch(`${address}${path}?wait=60`, { headers });
  await once(world.app.server, 'request');
  await waiting(world);
  const closing = world.app.close();
  const answer = await next;
  assert.deepEqual([answer.status, answer.headers.get('x-wait')], [200, 'timeout']);
  assert.equal(((await answer.json()) as WireBuild).status, 'pending');
  await closing;
});

test('a client that leaves leaves nothing behind', async (t) => {
  const { world, headers, path } = await openPending(t);
  await world.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = world.app.server.address() as AddressInfo;
  const leaving = new AbortController();
  const next = fetch(`http://127.0.0.1:${port}${path}?wait=300`, { headers, signal: leaving.signal });
  const refused = assert.rejects(next);
  const [, response] = (await once(world.app.server, 'request')) as [unknown, NodeJS.EventEmitter];
  await waiting(world);
  const closed = once(response, 'close');
  leaving.abort();
  await refused;
  await closed;
  assert.deepEqual(world.failures, []);
});
