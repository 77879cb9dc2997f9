import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import { createHttpWorld } from '@sortie/testing/http-world';

const ADMIN = { read: true, write: true, admin: true };

async function setup(t: TestContext) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { repo, build } = await world.start([]);
  const admin = await world.addUser({ login: 'ada' });
  await world.grant(admin, repo, ADMIN);
  const root = await world.addUser({ login: 'root', isAdmin: true });
  const callers = { admin: await world.bearer(admin), root: await world.bearer(root) };
  const patch = async (as: keyof typeof callers, payload: object | string, headers: object = {}) => {
    const sent = { ...callers[as], 'content-type': 'application/json', ...headers };
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const url = `/api/repos/${repo.slug}`;
    return world.app.inject({ method: 'PATCH', url, headers: sent, payload: body });
  };
  return { world, repo, build, patch };
}

const EVERYBODY = {
  visibility: 'internal',
  config_path: 'ci/build.jsonnet',
  protected: true,
  ignore_forks: true,
  ignore_pull_requests: true,
  ignore_reopened: true,
  fork_approval: 'always',
  fork_config: 'base',
  auto_cancel_pull_requests: true,
  auto_cancel_pushes: true,
  auto_cancel_running: true,
  auto_cancel_closed: true,
};
const ADMINISTRATORS = { trusted: true, timeout: 5, throttle: 3, priority: -7, counter: 41 };

test('[api updateRepo] every setting can be changed, and null or absent ones stay', async (t) => {
  const { patch } = await setup(t);
  const answer = await patch('root', { ...EVERYBODY, ...ADMINISTRATORS });
  assert.equal(answer.statusCode, 200);
  const changed = answer.json<WireRepo>();
  assert.deepEqual({ ...changed, ...EVERYBODY, ...ADMINISTRATORS }, changed);
  assert.equal('permissions' in changed, false);
  assert.equal(changed.private, false, 'on the built-in host the visibility says it all');
  const names = Object.keys({ ...EVERYBODY, ...ADMINISTRATORS });
  const nulls = await patch('root', Object.fromEntries(names.map((name) => [name, null])));
  assert.deepEqual(nulls.json<WireRepo>(), { ...changed, version: changed.version + 1 });
  assert.equal((await patch('root', 'null')).statusCode, 200);
});

test('[ledger 8] what only administrators may set is ignored silently for others', async (t) => {
  const { repo, patch } = await setup(t);
  const answer = await patch('admin', { ...ADMINISTRATORS, protected: true });
  assert.equal(answer.statusCode, 200);
  const { trusted, timeout, throttle, priority, counter, protected: isProtected } = answer.json<WireRepo>();
  assert.deepEqual([trusted, timeout, throttle, priority, isProtected], [false, 60, undefined, 0, true]);
  assert.equal(counter, repo.counter + 1);
});

test('[ledger 31] unknown visibilities, negative and broken numbers are refused', async (t) => {
  const { patch } = await setup(t);
  for (const body of [
    { visibility: 'secret' },
    { visibility: 7 },
    { timeout: -1 },
    { timeout: 1e9 },
    { throttle: -1 },
    { throttle: 1.5 },
    { priority: 101 },
    { priority: -101 },
    { priority: 0.5 },
    { priority: '7' },
    { counter: -1 },
    { counter: 2 ** 53 - 1 },
    { counter: '7' },
    { protected: 'yes' },
  ]) {
    const answer = await patch('root', body);
    assert.deepEqual(
      [answer.statusCode, answer.json().error_code],
      [400, 'invalid-request'],
      JSON.stringify(body),
    );
  }
  for (const text of ['', '{', '[]']) assert.equal((await patch('root', text)).statusCode, 400, text);
});

test('a counter below a number that a build has is refused and changes nothing', async (t) => {
  const { world, repo, build, patch } = await setup(t);
  const refused = await patch('root', { counter: build.number - 1, throttle: 9 });
  assert.deepEqual([refused.statusCode, refused.json().error_code], [409, 'counter-taken']);
  const same = (await patch('root', { counter: build.number })).json<WireRepo>();
  assert.deepEqual([same.counter, same.throttle], [build.number, undefined]);
  assert.equal((await patch('root', { counter: 100 })).statusCode, 200);
  assert.equal((await world.start([], { in: { ...repo, counter: 100 } })).build.number, 101);
});

test('[scm X22] a path of the pipeline file stays below the root of the repository', async (t) => {
  const { patch } = await setup(t);
  for (const path of [
    '../../x',
    '/etc/passwd',
    'a/../b',
    './a',
    'a//b',
    'a\\b',
    'a\nb',
    'a/',
    'x'.repeat(256),
  ]) {
    const answer = await patch('admin', { config_path: path });
    assert.deepEqual([answer.statusCode, answer.json().error_code], [400, 'invalid-request'], path);
  }
  for (const path of ['.drone.yml', 'a/..b/c', 'ünder/…', 'x'.repeat(255)]) {
    assert.equal((await patch('admin', { config_path: path })).json<WireRepo>().config_path, path);
  }
  assert.equal((await patch('admin', { config_path: '' })).json<WireRepo>().config_path, '.drone.yml');
});

test('with If-Match a change is made only to the version that was read', async (t) => {
  const { patch } = await setup(t);
  const { version } = (await patch('admin', {})).json<WireRepo>();
  const first = await patch('admin', { protected: true }, { 'if-match': `"${version}"` });
  assert.equal(first.json<WireRepo>().version, version + 1);
  const late = await patch('admin', { protected: false }, { 'if-match': `"${version}"` });
  assert.deepEqual([late.statusCode, late.json().error_code], [409, 'conflict']);
  assert.equal((await patch('admin', {}, { 'if-match': '*' })).json<WireRepo>().protected, true);
  assert.equal((await patch('admin', {}, { 'if-match': 'W/"abc"' })).statusCode, 400);
});
