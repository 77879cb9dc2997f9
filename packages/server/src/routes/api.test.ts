import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { WireBuild } from '@sortie/contract/builds';
import type { WireRepo } from '@sortie/contract/repos';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { openDatabase } from '../store/db.ts';
import { insertDelivery } from '../store/deliveries.ts';

async function openAsAdmin(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env });
  t.after(() => world.close());
  const user = await world.addUser({ login: 'root', isAdmin: true, avatar: 'https://example.com/a.png' });
  const headers = await world.bearer(user);
  return { world, user, headers, get: (url: string) => world.app.inject({ url, headers }) };
}

/** More builds for a repository that has one. */
async function addBuilds(world: HttpWorld, first: Awaited<ReturnType<HttpWorld['start']>>, count: number) {
  for (let number = 0; number < count; number += 1) await world.start([aStageDraft()], { in: first.repo });
}

test('[api getCurrentUser] the account comes with both spellings of its avatar and without secrets', async (t) => {
  const { get } = await openAsAdmin(t);
  const answer = await get('/api/user');
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.ok(answer.body.endsWith('}\n'));
  const body = answer.json();
  assert.equal(body.login, 'root');
  assert.equal(body.avatar, 'https://example.com/a.png');
  assert.equal(body.avatar_url, body.avatar);
  assert.equal('token' in body, false);
});

test('[ledger 34] the answer is indented when HTTP_JSON_INDENT is set', async (t) => {
  const { get } = await openAsAdmin(t, { HTTP_JSON_INDENT: 'true' });
  assert.match((await get('/api/user')).body, /^\{\n {2}"id": /);
});

test('[api listUserRepos] own and permitted repositories by slug, with their newest build when asked', async (t) => {
  const { world, user, get } = await openAsAdmin(t);
  const granted = await world.start([aStageDraft()], { repo: { name: 'zebra' } });
  await addBuilds(world, granted, 1);
  await world.start([], { repo: { name: 'ape', userId: user.id } });
  await world.start([], { repo: { name: 'hidden' } });
  await world.grant(user, granted.repo, { read: true, write: false, admin: false });
  const plain = (await get('/api/user/repos')).json<WireRepo[]>();
  assert.deepEqual(
    plain.map((repo) => [repo.name, 'build' in repo]),
    [
      ['ape', false],
      ['zebra', false],
    ],
  );
  const latest = (await get('/api/user/repos?latest=true')).json<WireRepo[]>();
  assert.deepEqual(
    latest.map((repo) => repo.build?.number),
    [1, 2],
  );
  assert.equal(latest[1]?.build?.stages, undefined);
});

test('[api listAllRepos] [ledger 3] pages of 25 unless asked otherwise, and nonsense is the first page', async (t) => {
  const { world, get } = await openAsAdmin(t);
  for (let index = 0; index < 26; index += 1) await world.start([], {});
  const count = async (query: string) => (await get(`/api/repos${query}`)).json<WireRepo[]>().length;
  assert.equal(await count(''), 25);
  assert.equal(await count('?page=2'), 1);
  assert.equal(await count('?page=1&per_page=10000'), 26);
  assert.equal(await count('?page=-3&per_page=x'), 25);
  assert.equal(await count('?page=9'), 0);
});

test('[api getRepo] permissions are there when the caller has a row', async (t) => {
  const { world, user, get } = await openAsAdmin(t);
  const { repo } = await world.start();
  const without = (await get(`/api/repos/${repo.slug}`)).json<WireRepo>();
  assert.equal(without.permissions, undefined);
  assert.equal(without.throttle, undefined);
  assert.equal(without.counter, 1);
  await world.grant(user, repo, { read: true, write: true, admin: false });
  const own = (await get(`/api/repos/${repo.slug}/`)).json<WireRepo>();
  assert.deepEqual(own.permissions, { read: true, write: true, admin: false });
});

test('[api listBuilds] [ledger 2] newest first, without stages, per_page above 100 is 25 again', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const first = await world.start();
  await addBuilds(world, first, 26);
  const path = `/api/repos/${first.repo.slug}/builds`;
  const list = async (query: string) => (await get(path + query)).json<WireBuild[]>();
  assert.deepEqual(
    (await list('?per_page=2&page=2')).map((build) => build.number),
    [25, 24],
  );
  assert.equal((await list('?per_page=101')).length, 25);
  assert.equal((await list(''))[0]?.stages, undefined);
  assert.deepEqual(await list('?page=99'), []);
});

test('[api listBuilds] branch and tag name exact refs, and branch goes first', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo } = await world.start();
  await world.start([], { in: repo, build: { ref: 'refs/heads/a/b' } });
  await world.start([], { in: repo, build: { ref: 'refs/tags/v1', event: 'tag' } });
  const path = `/api/repos/${repo.slug}/builds`;
  const numbers = async (query: string) =>
    (await get(path + query)).json<WireBuild[]>().map((build) => build.number);
  assert.deepEqual(await numbers('?branch=a/b'), [2]);
  assert.deepEqual(await numbers('?branch=a%2Fb'), [2]);
  assert.deepEqual(await numbers('?tag=v1'), [3]);
  assert.deepEqual(await numbers('?tag=v1&branch=main'), [1]);
});

test('[api GET R/builds/latest] the newest build of the default branch, of a branch, of a ref, or 404', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo } = await world.start();
  await world.start([aStageDraft()], { in: repo, build: { ref: 'refs/tags/v1', event: 'tag' } });
  const path = `/api/repos/${repo.slug}/builds/latest`;
  const build = (await get(path)).json<WireBuild>();
  assert.equal(build.number, 1);
  assert.equal(build.stages?.length, 1);
  assert.equal((await get(`${path}?ref=refs/tags/v1`)).json<WireBuild>().number, 2);
  assert.equal((await get(`${path}?ref=refs/tags/v1&branch=main`)).json<WireBuild>().number, 1);
  assert.equal((await get(`${path}?branch=none`)).statusCode, 404);
});

test('[api getBuild] [ledger 6] a build carries stages, timestamp 0, and leaves empty members out', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo } = await world.start([aStageDraft(), aStageDraft({ number: 2, dependsOn: ['default'] })]);
  const build = (await get(`/api/repos/${repo.slug}/builds/1`)).json<WireBuild>();
  assert.equal(build.timestamp, 0);
  assert.deepEqual(
    build.stages?.map((stage) => [stage.status, stage.depends_on]),
    [
      ['pending', undefined],
      ['waiting_on_dependencies', ['default']],
    ],
  );
  // `parent`, `title` and `deploy_to` are always there, for clients of the 0.5 API.
  for (const member of ['error', 'cron', 'params', 'debug', 'cancelling', 'config']) {
    assert.equal(member in build, false, member);
  }
});

test('[api getBuild] a number that is none is 400, one that is unknown 404', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo } = await world.start();
  for (const [number, status] of [
    ['x', 400],
    ['1e0', 400],
    ['0x1', 400],
    ['99999999999999999999', 400],
    ['2', 404],
    ['-1', 404],
  ] as const) {
    assert.equal((await get(`/api/repos/${repo.slug}/builds/${number}`)).statusCode, status, number);
  }
});

test('[api cancelBuild] the answer is the killed build with its stages; again changes nothing', async (t) => {
  const { world, headers } = await openAsAdmin(t);
  const { repo } = await world.start();
  const cancel = () =>
    world.app.inject({ method: 'DELETE', url: `/api/repos/${repo.slug}/builds/1`, headers });
  const first = (await cancel()).json<WireBuild>();
  assert.equal(first.status, 'killed');
  assert.deepEqual(
    first.stages?.map((stage) => stage.status),
    ['skipped'],
  );
  const second = await cancel();
  assert.equal(second.statusCode, 200);
  assert.equal(second.json<WireBuild>().finished, first.finished);
});

test('[api GET R/builds/{build}/config] shows the text and the findings of the compiler', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const finding = {
    severity: 'error' as const,
    code: 'unknown-key',
    message: 'there is no key "stpes"',
    hint: 'Did you mean "steps"?',
    file: '.drone.yml',
    line: 3,
    column: 1,
    document: 0,
    pointer: '/stpes',
  };
  const { repo } = await world.start([], { build: { config: 'kind: pipeline\n', findings: [finding] } });
  const answer = await get(`/api/repos/${repo.slug}/builds/1/config`);
  assert.deepEqual(answer.json(), { text: 'kind: pipeline\n', findings: [finding] });
});

test('[api GET R/deliveries] what arrived, newest first, without the payload', async (t) => {
  const { world, get } = await openAsAdmin(t);
  const { repo } = await world.start();
  for (const key of ['one', 'two']) {
    const push = { event: 'push', key, ref: `refs/heads/${key}`, before: '', after: '', sender: 'root' };
    await insertDelivery(world.db, { ...push, repoId: repo.id, payload: 'secret', created: 1 });
  }
  const answer = await get(`/api/repos/${repo.slug}/deliveries`);
  assert.deepEqual(
    answer.json<{ ref: string }[]>().map((row) => row.ref),
    ['refs/heads/two', 'refs/heads/one'],
  );
  assert.equal(answer.body.includes('secret'), false);
});

test('[api getVersion] [ops C81] version, health and readiness answer everybody', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const version = await world.app.inject('/version');
  assert.deepEqual(version.json(), {
    source: 'https://example.com/sortie',
    version: '0.1.0',
    url: 'http://localhost:8080',
  });
  for (const method of ['GET', 'POST', 'HEAD', 'DELETE'] as const) {
    assert.equal((await world.app.inject({ method, url: '/healthz' })).statusCode, 200, method);
  }
  assert.equal((await world.app.inject('/healthz')).body, 'OK');
  assert.equal((await world.app.inject('/readyz')).body, 'OK');
});

test('a closed database makes the server alive but not ready', async (t) => {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  const world = await createHttpWorld({ database });
  t.after(() => world.close());
  await database.close();
  const headers = { authorization: 'Bearer some-token' };
  assert.equal((await world.app.inject({ url: '/healthz', headers })).statusCode, 200);
  const answer = await world.app.inject('/readyz');
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().error_code, 'database-unavailable');
});

test('an address that cannot be read is told what is wrong with it', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const encoding = await world.app.inject('/api/repos/%ff/x');
  assert.equal(encoding.statusCode, 400);
  assert.match(encoding.json().detail, /percent-encoded UTF-8\. .*%25/);
  const length = await world.app.inject(`/api/repos/ada/${'x'.repeat(600)}`);
  assert.equal(length.statusCode, 400);
  assert.match(length.json().detail, /part of the address is too long/);
});

test('[api POST /api/user/tokens] a name with control characters or an impossible time is refused', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser());
  for (const payload of [{ name: 'a\u0000b' }, { name: 'a\u001b[31m' }, { name: 'a', expires: 1e300 }]) {
    const answer = await world.app.inject({ method: 'POST', url: '/api/user/tokens', headers, payload });
    assert.equal(answer.statusCode, 400, JSON.stringify(payload));
  }
});

test('a database that another program has locked does not keep a token from reading', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-locked-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'database.sqlite');
  const world = await createHttpWorld({ database: await openDatabase({ driver: 'sqlite', path }) });
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'reader' }));
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('begin immediate');
  const read = await world.app.inject({ url: '/api/user', headers });
  assert.equal(read.json().login, 'reader');
  const payload = { name: 'x' };
  const write = await world.app.inject({ method: 'POST', url: '/api/user/tokens', headers, payload });
  assert.equal(write.statusCode, 503);
  assert.match(write.json().detail, /does not answer.*locked/);
});
