import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { WireRepo } from '@sortie/contract/repos';
import type { WireUser } from '@sortie/contract/users';
import { aUser } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorldOptions } from '@sortie/testing/http-world';
import { issueToken } from '../auth/tokens.ts';
import { createBuiltinForge } from '../services/forge.ts';
import { findRepoById, updateRepo } from '../store/repos.ts';
import { clearSyncing, insertUser, updateUser } from '../store/users.ts';

const READ = { read: true, write: false, admin: false };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Ada owns `ape`, may read `zebra`, and knows nothing of `hidden`. */
async function setup(t: TestContext, options: HttpWorldOptions = {}) {
  const world = await createHttpWorld(options);
  t.after(() => world.close());
  const ada = await world.addUser({ login: 'ada' });
  const { repo: ape } = await world.start([], { repo: { name: 'ape', userId: ada.id } });
  const { repo: zebra } = await world.start([], { repo: { name: 'zebra' } });
  const { repo: hidden } = await world.start([], { repo: { name: 'hidden' } });
  await world.grant(ada, zebra, READ);
  const headers = await world.bearer(ada);
  const get = (url: string, as: Record<string, string> = headers) => world.app.inject({ url, headers: as });
  return { world, ada, ape, zebra, hidden, headers, get };
}

const names = (repos: readonly WireRepo[]) => repos.map(({ name }) => name);

test('[api syncUserRepos] lists the repositories and notes when', async (t) => {
  const { world, zebra, headers, get } = await setup(t);
  await updateRepo(world.db, zebra.id, { link: 'http://old', visibility: 'internal' });
  const answer = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(names(answer.json()), ['ape', 'zebra']);
  const { syncing, synced } = (await get('/api/user')).json<WireUser>();
  assert.deepEqual([syncing, synced], [false, world.now()]);
  const read = await findRepoById(world.db, zebra.id);
  assert.deepEqual([read?.link, read?.isPrivate], [`http://localhost:8080/${zebra.slug}`, false]);
});

test('[api syncUserRepos] with async the answer comes at once and the account says when it is done', async (t) => {
  const gate = Promise.withResolvers<void>();
  const begun: (() => void)[] = [];
  const app = { forgeOf: () => forge };
  const { world, headers, get } = await setup(t, { app });
  const builtin = createBuiltinForge({ db: world.db, builtinConnectionId: 1, publicUrl: 'http://ci' });
  const forge: typeof builtin = {
    ...builtin,
    async listRepos(user) {
      await gate.promise;
      for (const tell of begun) tell();
      return builtin.listRepos(user);
    },
  };
  const isSyncing = async () => (await get('/api/user')).json<WireUser>().syncing;
  for (const [url, sent, payload] of [
    ['/api/user/repos?async=true', {}, ''],
    ['/api/user/repos', FORM, 'async=true'],
  ] as const) {
    const answer = await world.app.inject({ method: 'POST', url, headers: { ...headers, ...sent }, payload });
    assert.deepEqual([answer.statusCode, answer.body], [204, '']);
    assert.equal(await isSyncing(), true);
  }
  gate.resolve();
  // Closing waits for what goes on in the background.
  await world.app.close();
  const row = await world.db.selectFrom('users').select(['is_syncing', 'synced']).executeTakeFirstOrThrow();
  assert.deepEqual([row.is_syncing, row.synced], [0, world.now()]);
});

test('a synchronisation that fails is a failure of the request, and `syncing` ends all the same', async (t) => {
  const app = { forgeOf: () => forge };
  const { world, headers, get } = await setup(t, { app });
  const forge = {
    ...createBuiltinForge({ db: world.db, builtinConnectionId: 1, publicUrl: 'http://ci' }),
    listRepos: () => Promise.reject(new Error('the service is down')),
  };
  const answer = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  assert.equal(answer.statusCode, 500);
  const { syncing, synced, sync_error } = (await get('/api/user')).json<WireUser>();
  assert.deepEqual([syncing, synced], [false, 0]);
  assert.match(sync_error ?? '', /the log of the server says why/);
  const quiet = await world.app.inject({ method: 'POST', url: '/api/user/repos?async=true', headers });
  assert.equal(quiet.statusCode, 204);
  await world.app.close();
  assert.ok(world.failures.includes('the synchronisation of ada failed'));
});

test('an account that was synchronised when the server stopped is free after the start', async (t) => {
  const { world, ada } = await setup(t);
  await updateUser(world.db, ada.id, { isSyncing: true });
  await clearSyncing(world.db);
  const row = await world.db
    .selectFrom('users')
    .select('is_syncing')
    .where('id', '=', ada.id)
    .executeTakeFirst();
  assert.equal(row?.is_syncing, 0);
});

test('[api GET /api/user/remote/repos] [api GET /api/user/remote/repos/{}/{}] remote repositories come straight from the Git service, one of them with its permissions', async (t) => {
  const { zebra, get } = await setup(t);
  const listed = (await get('/api/user/remote/repos')).json<WireRepo[]>();
  assert.deepEqual(
    listed.map(({ id, slug, permissions }) => [id, slug, permissions]),
    [
      [0, 'octocat/ape', undefined],
      [0, 'octocat/zebra', undefined],
    ],
  );
  const one = (await get('/api/user/remote/repos/octocat/zebra')).json<WireRepo>();
  assert.deepEqual([one.uid, one.permissions, one.counter], [zebra.uid, READ, 0]);
  for (const name of ['hidden', 'nothing']) {
    const answer = await get(`/api/user/remote/repos/octocat/${name}`);
    assert.deepEqual([answer.statusCode, answer.json().error_code], [404, 'not-found']);
  }
});

test('[api GET /api/users/{user}/repos] administrators see what somebody else has, and others may not ask', async (t) => {
  const { world, get } = await setup(t);
  const root = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  assert.deepEqual(names((await get('/api/users/ADA/repos', root)).json()), ['ape', 'zebra']);
  assert.equal((await get('/api/users/nobody/repos', root)).statusCode, 404);
  assert.equal((await get('/api/users/ada/repos')).statusCode, 403);
});

test('a token that is restricted to repositories lists nothing but those', async (t) => {
  const { world, ada, zebra, get } = await setup(t);
  const restricted = {
    userId: ada.id,
    name: 'ci',
    scopes: ['all'],
    expires: 0,
    repoIds: [zebra.id],
  } as const;
  const { text } = await issueToken({ db: world.db, now: world.now }, restricted);
  const headers = { authorization: `Bearer ${text}` };
  assert.deepEqual(names((await get('/api/user/repos', headers)).json()), ['zebra']);
  assert.deepEqual(names((await get('/api/user/repos?latest=true', headers)).json()), ['zebra']);
  assert.deepEqual(names((await get('/api/user/remote/repos', headers)).json()), ['zebra']);
  assert.equal((await get('/api/user/remote/repos/octocat/ape', headers)).statusCode, 404);
  const synced = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  assert.deepEqual(names(synced.json()), ['zebra']);
});

test('the built-in host knows the accounts of this server', async (t) => {
  const { world, ada } = await setup(t);
  const forge = createBuiltinForge({ db: world.db, builtinConnectionId: 1, publicUrl: 'http://ci' });
  assert.deepEqual(await forge.findAccount(ada, 'ADA'), {
    login: 'ada',
    email: 'ada@example.com',
    avatar: '',
  });
  assert.equal(await forge.findAccount(ada, 'nobody'), undefined);
  const { id } = await world.db
    .insertInto('connections')
    .values({ kind: 'gogs', name: 'gogs' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await insertUser(world.db, aUser({ login: 'grace', connectionId: id }));
  assert.equal(await forge.findAccount(ada, 'grace'), undefined);
});
