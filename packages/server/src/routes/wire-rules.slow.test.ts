import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '@sortie/contract/route';
import { ROUTES } from '@sortie/contract/routes';
import { createHttpWorld } from '@sortie/testing/http-world';

/** A server with a public repository without builds, and somebody who may do everything. */
async function open(t: { after(work: () => Promise<void>): void }, env: Record<string, string> = {}) {
  const world = await createHttpWorld({ env, app: { streamLifetimeMs: 1 } });
  t.after(() => world.close());
  const user = await world.addUser({ login: 'root', isAdmin: true });
  const headers = await world.bearer(user);
  const { repo } = await world.start([], { repo: { userId: user.id, visibility: 'public' } });
  const url = `/api/repos/${repo.slug}`;
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object | string) =>
    world.app.inject({ method, url: path, headers, ...(payload === undefined ? {} : { payload }) });
  return { world, user, repo, headers, url, send };
}

test('[sdk S10] a change whose members are null or absent changes nothing, and one without a body is an error', async (t) => {
  const { url, send } = await open(t);
  await send('POST', `${url}/cron`, { name: 'nightly', expr: '@daily', branch: 'main' });
  await send('POST', `${url}/secrets`, { name: 'a', data: 'b', pull_request: true });
  await send('POST', '/api/nodes', { name: 'n', region: 'eu' });
  for (const [path, nulls] of [
    [url, { visibility: null, timeout: null, protected: null, config_path: null, counter: null }],
    [`${url}/cron/nightly`, { expr: null, branch: null, disabled: null, target: null }],
    [`${url}/secrets/a`, { data: null, pull_request: null }],
    ['/api/nodes/n', { region: null, labels: null, paused: null }],
    ['/api/users/root', { admin: null, active: null }],
    ['/api/user', { email: null }],
  ] as const) {
    const before = (await send('GET', path)).json<object>();
    for (const payload of [nulls, {}, 'null']) {
      assert.equal((await send('PATCH', path, payload)).statusCode, 200, path);
      const after = (await send('GET', path)).json<object>();
      assert.deepEqual({ ...after, version: 0 }, { ...before, version: 0 });
    }
    const empty = await send('PATCH', path);
    assert.deepEqual([empty.statusCode, empty.json().message], [400, 'The body is missing.'], path);
  }
});

test('[sdk S11] a page size of 0, 101 or abc is 25, and a page that is none is the first', async (t) => {
  const { world, repo, url, send } = await open(t);
  for (let number = 2; number <= 27; number += 1) await world.start([], { in: repo });
  const numbers = async (query: string) =>
    (await send('GET', `${url}/builds?${query}`)).json<{ number: number }[]>().map((build) => build.number);
  const first = Array.from({ length: 25 }, (_, index) => 27 - index);
  for (const size of ['0', '101', 'abc', '-1', ''])
    assert.deepEqual(await numbers(`per_page=${size}`), first);
  for (const page of ['0', '1', 'x', '-3']) assert.deepEqual(await numbers(`page=${page}`), first);
  assert.deepEqual(await numbers('page=2'), [2, 1]);
  assert.deepEqual(await numbers('page=9'), []);
});

test('a page names its neighbours in the Link header', async (t) => {
  const { world, repo, url, send } = await open(t);
  for (let number = 2; number <= 5; number += 1) await world.start([], { in: repo });
  const linksOf = async (path: string) => (await send('GET', path)).headers.link;
  assert.equal(
    await linksOf(`${url}/builds?per_page=2&page=2&branch=main&access_token=x`),
    '<?per_page=2&page=1&branch=main>; rel="first", <?per_page=2&page=1&branch=main>; rel="prev", <?per_page=2&page=3&branch=main>; rel="next"',
  );
  assert.equal(
    await linksOf(`${url}/builds?per_page=2&page=3`),
    '<?per_page=2&page=1>; rel="first", <?per_page=2&page=2>; rel="prev"',
  );
  assert.equal(await linksOf(`${url}/builds`), undefined);
  assert.equal(await linksOf('/api/users?per_page=1'), '<?per_page=1&page=2>; rel="next"');
  assert.equal(await linksOf('/api/repos?per_page=1'), '<?per_page=1&page=2>; rel="next"');
});

test('[sdk S12] a token comes with Bearer, bare, or in the address where old clients put it', async (t) => {
  const { world, headers } = await open(t);
  const token = headers.authorization.replace('Bearer ', '');
  for (const authorization of [headers.authorization, token]) {
    const answer = await world.app.inject({ url: '/api/user', headers: { authorization } });
    assert.equal(answer.json().login, 'root');
  }
  const inAddress = await world.app.inject(`/api/user?access_token=${token}`);
  assert.equal(inAddress.json().login, 'root');
  const { world: strict, headers: other } = await open(t, { SORTIE_QUERY_TOKENS: 'false' });
  const refused = await strict.app.inject(
    `/api/user?access_token=${other.authorization.replace('Bearer ', '')}`,
  );
  assert.equal(refused.statusCode, 401);
});

test('[sdk S13] a list without entries is an empty list', async (t) => {
  const { url, send } = await open(t);
  for (const path of [
    `${url}/builds?branch=none`,
    ...['branches', 'pulls', 'deployments'].map((kind) => `${url}/builds/${kind}`).slice(1),
    ...['secrets', 'cron', 'collaborators'].map((kind) => `${url}/${kind}`),
    ...['/api/secrets', '/api/secrets/root', '/api/templates', '/api/templates/root'],
    ...['/api/queue', '/api/nodes', '/api/builds/incomplete', '/api/builds/incomplete/v2'],
  ]) {
    assert.equal((await send('GET', path)).body, '[]\n', path);
  }
});

test('[sdk S15] a private repository is 404 to a stranger and 401 to nobody; a public one is for all', async (t) => {
  const { world, url } = await open(t);
  const hidden = await world.start([], { repo: { visibility: 'private' } });
  const stranger = await world.bearer(await world.addUser({ login: 'stranger' }));
  const statusOf = async (path: string, headers = {}) =>
    (await world.app.inject({ url: path, headers })).statusCode;
  for (const path of ['', '/builds', '/builds/1']) {
    assert.equal(await statusOf(`/api/repos/${hidden.repo.slug}${path}`, stranger), 404);
    assert.equal(await statusOf(`/api/repos/${hidden.repo.slug}${path}`), 401);
    assert.equal(await statusOf(`${url}${path}`, stranger), 200);
    assert.equal(await statusOf(`${url}${path}`), 200);
  }
});

test('[sdk S04] an empty form is as good as no body wherever none is needed', async (t) => {
  const { world, repo, headers } = await open(t);
  const [owner = '', name = ''] = repo.slug.split('/');
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const routes = ROUTES.filter(({ method, body }) => method === 'POST' && body === undefined);
  assert.ok(routes.length >= 12);
  const statuses = async (sent: Record<string, string>) => {
    const seen: [string, number][] = [];
    for (const route of routes) {
      const url = addressOf(route, { owner, name, build: '1', user: 'root', cron: 'none' });
      const answer = await world.app.inject({ method: 'POST', url, headers: sent, payload: '' });
      assert.notEqual(answer.statusCode, 415, url);
      seen.push([route.id, answer.statusCode]);
    }
    return seen;
  };
  assert.deepEqual(await statuses(form), await statuses(headers));
});

/** Parameters that name nothing, and numbers that are none. */
const NOWHERE = { owner: 'no', name: 'body', namespace: 'no', user: 'nobody', build: '999', number: '999' };
const NONSENSE = { build: 'x', number: 'x', stage: 'x', step: 'x', id: 'x' };

test('whatever is refused says what to do about it', async (t) => {
  const { world, repo, headers } = await open(t, { SORTIE_RATE_LIMIT_FAILURES: '0' });
  const stranger = await world.bearer(await world.addUser({ login: 'stranger' }));
  const [owner = '', name = ''] = repo.slug.split('/');
  const here = { owner, name, namespace: 'root', user: 'nobody' };
  const silent: string[] = [];
  // Git services show one sentence in the history of a hook, and who forges one is told nothing (scm.md 4.4).
  const forPeople = ROUTES.filter(({ id }) => id !== 'hook' && id !== 'hookOfService');
  for (const route of forPeople) {
    for (const [who, values, payload] of [
      [{}, NOWHERE, undefined],
      [stranger, here, undefined],
      [headers, NOWHERE, undefined],
      [headers, { ...here, ...NONSENSE }, '{}'],
      [headers, { ...here, build: '1', number: '1' }, '{"name": 1, "data": 1'],
      [headers, { ...here, build: '1', number: '999' }, '{"name": 1, "data": 1}'],
      [headers, { ...here, build: '999', number: '999' }, '{"name": "x", "data": "y", "login": "root"}'],
    ] as const) {
      const url = addressOf(route, values);
      const body = payload === undefined || route.method === 'GET' ? {} : { payload };
      const answer = await world.app.inject({ method: route.method, url, headers: who, ...body });
      // 503 is the page that says that the interface has not been built.
      if (answer.statusCode < 400 || answer.statusCode === 503) continue;
      const isProblem = String(answer.headers['content-type']).startsWith('application/problem+json');
      const { hint, message, error_code: code } = isProblem ? answer.json() : {};
      if (!hint || !message || !code) silent.push(`${route.method} ${url} ${answer.statusCode} ${message}`);
    }
  }
  assert.deepEqual(silent, []);
});

function addressOf({ path }: Route, values: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => values[name] ?? '9').replace(/\*$/, 'x');
}
