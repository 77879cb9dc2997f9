import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Permission, Visibility } from '@sortie/core/repo';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';

const READ: Permission = { read: true, write: false, admin: false };
const WRITE: Permission = { read: true, write: true, admin: false };
const NO_READ: Permission = { read: false, write: false, admin: false };

interface Row {
  readonly caller: string;
  readonly user?: { readonly isAdmin?: boolean; readonly isActive?: boolean };
  readonly permission?: Permission;
  /** Expected status of reading a public, internal, private and unknown repository. */
  readonly read: readonly [number, number, number, number];
  /** The same for cancelling a build that does not exist in it: 404 with code `not-found` when let in. */
  readonly write: readonly [string, string, string, string];
}

const IN = 'build';
const ROWS: readonly Row[] = [
  { caller: 'nobody', read: [200, 401, 401, 401], write: ['401', '401', '401', '401'] },
  { caller: 'a stranger', user: {}, read: [200, 200, 404, 404], write: ['404', '404', '404', '404'] },
  {
    caller: 'a row without read',
    user: {},
    permission: NO_READ,
    read: [200, 200, 404, 404],
    write: ['404', '404', '404', '404'],
  },
  {
    caller: 'a reader',
    user: {},
    permission: READ,
    read: [200, 200, 200, 404],
    write: ['404', '404', '404', '404'],
  },
  { caller: 'a writer', user: {}, permission: WRITE, read: [200, 200, 200, 404], write: [IN, IN, IN, '404'] },
  {
    caller: 'a deactivated writer',
    user: { isActive: false },
    permission: WRITE,
    read: [403, 403, 403, 403],
    write: ['403', '403', '403', '403'],
  },
  {
    caller: 'an administrator',
    user: { isAdmin: true },
    read: [200, 200, 200, 404],
    write: [IN, IN, IN, '404'],
  },
];

describe('the access matrix of repositories', () => {
  for (const row of ROWS) {
    test(`[ledger 5] [ledger 17] ${row.caller}: ${row.read.join(' ')} to read, ${row.write.join(' ')} to write`, async (t) => {
      const world = await createHttpWorld();
      t.after(() => world.close());
      const headers = await callerOf(world, row);
      const repos = await addRepos(world, row);
      const seen = [];
      const done = [];
      for (const slug of repos) {
        seen.push((await world.app.inject({ url: `/api/repos/${slug}`, headers })).statusCode);
        const url = `/api/repos/${slug}/builds/77`;
        const answer = await world.app.inject({ method: 'DELETE', url, headers });
        const { hint = '' } = answer.json<{ hint?: string }>();
        done.push(hint.includes('no such build') ? IN : String(answer.statusCode));
      }
      assert.deepEqual({ seen, done }, { seen: row.read, done: row.write });
    });
  }

  async function callerOf(world: HttpWorld, row: Row): Promise<Record<string, string>> {
    if (row.user === undefined) return {};
    return world.bearer(await world.addUser({ login: 'caller', ...row.user }));
  }

  async function addRepos(world: HttpWorld, row: Row): Promise<readonly string[]> {
    const slugs: string[] = [];
    const user = await world.addUser({ login: 'second' });
    for (const visibility of ['public', 'internal', 'private'] satisfies Visibility[]) {
      const { repo } = await world.start([], { repo: { visibility } });
      slugs.push(repo.slug);
      if (row.permission === undefined) continue;
      await world.grant({ ...user, id: user.id - 1 }, repo, row.permission);
    }
    return [...slugs, 'nobody/nothing'];
  }
});

test('missing and forbidden repositories answer with the same words', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { repo } = await world.start();
  const headers = await world.bearer(await world.addUser());
  const hidden = (await world.app.inject({ url: `/api/repos/${repo.slug}`, headers })).json();
  const missing = (await world.app.inject({ url: '/api/repos/no/where', headers })).json();
  assert.deepEqual({ ...hidden, request_id: '' }, { ...missing, request_id: '' });
  assert.equal(hidden.message, 'Not Found');
  const anonymous = (await world.app.inject(`/api/repos/${repo.slug}`)).json();
  assert.equal(anonymous.message, 'Unauthorized');
});

test('[ops C13] in private mode nobody reads a public repository without signing in', async (t) => {
  const world = await createHttpWorld({ env: { DRONE_SERVER_PRIVATE_MODE: 'true' } });
  t.after(() => world.close());
  const { repo } = await world.start([], { repo: { visibility: 'public' } });
  const url = `/api/repos/${repo.slug}`;
  assert.equal((await world.app.inject(url)).statusCode, 401);
  assert.equal((await world.app.inject('/api/stream')).statusCode, 401);
  const headers = await world.bearer(await world.addUser());
  assert.equal((await world.app.inject({ url, headers })).statusCode, 200);
});

test('administrators alone list all repositories: 401 for nobody, 403 for others', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.bearer(await world.addUser());
  const admin = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  assert.equal((await world.app.inject('/api/repos')).statusCode, 401);
  const refused = await world.app.inject({ url: '/api/repos', headers: user });
  assert.equal(refused.statusCode, 403);
  assert.equal(refused.json().message, 'Forbidden');
  assert.equal((await world.app.inject({ url: '/api/repos', headers: admin })).statusCode, 200);
});

test('a route without an access rule stops the start', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  assert.throws(() => world.app.get('/forgotten', () => 'ok'), /\/forgotten has no access rule/);
});

test('a token does only what its scopes say', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const user = await world.addUser();
  const { repo } = await world.start();
  await world.grant(user, repo, WRITE);
  const headers = await world.bearer(user, ['logs:read']);
  const refused = await world.app.inject({ url: `/api/repos/${repo.slug}/builds`, headers });
  assert.equal(refused.statusCode, 403);
  assert.equal(refused.json().error_code, 'token-scope');
  assert.equal((await world.app.inject({ url: '/api/user', headers })).statusCode, 200);
  assert.equal((await world.app.inject({ url: '/api/stream', headers })).statusCode, 403);
});
