import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { aRepo, aUser, TEST_NOW } from '@sortie/testing/domain-builders';
import { openDatabase } from '../store/db.ts';
import { findPermission, upsertPermission } from '../store/permissions.ts';
import { findRepoBySlug, insertRepo, listReposBySlug, removeRepo } from '../store/repos.ts';
import { findUserById, insertUser } from '../store/users.ts';
import type { Forge, ForgeRepo } from './forge.ts';
import { syncRepos } from './sync-repos.ts';

const READ = { read: true, write: false, admin: false };
const ALL = { read: true, write: true, admin: true };

function found(name: string, patch: Partial<ForgeRepo> = {}): ForgeRepo {
  const namespace = patch.namespace ?? 'octo';
  return {
    uid: `uid-${name}`,
    namespace,
    name,
    httpUrl: `https://git/${namespace}/${name}.git`,
    sshUrl: '',
    link: `https://git/${namespace}/${name}`,
    defaultBranch: 'main',
    isPrivate: true,
    visibility: 'private',
    isArchived: false,
    permission: ALL,
    ...patch,
  };
}

/** An account of a Git service that shows these repositories; the list may be changed. */
async function setup(t: TestContext, shown: ForgeRepo[], isAuthoritative = false) {
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  t.after(() => database.close());
  const { db } = database;
  const connection = await db
    .insertInto('connections')
    .values({ kind: 'gogs', name: 'gogs' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const user = await insertUser(db, aUser({ connectionId: connection.id }));
  const forge: Forge = {
    isAuthoritative,
    listRepos: async () => shown,
    findRepo: async () => undefined,
    installHook: async () => undefined,
    removeHook: async () => undefined,
    findAccount: async () => undefined,
  };
  const sync = () => syncRepos({ db, forgeOf: () => forge, now: () => TEST_NOW + 9 }, user);
  const slugs = async () => (await listReposBySlug(db, { page: 1, perPage: 99 })).map(({ slug }) => slug);
  const repoAt = async (slug: string) => {
    const repo = await findRepoBySlug(db, slug);
    assert.ok(repo, slug);
    return repo;
  };
  return { db, user, connectionId: connection.id, sync, slugs, repoAt, shown };
}

test('new repositories are stored inactive, with an unverified right to read', async (t) => {
  const { db, user, connectionId, sync, repoAt } = await setup(t, [found('a', { visibility: 'internal' })]);
  await sync();
  const repo = await repoAt('octo/a');
  assert.deepEqual(
    [repo.isActive, repo.userId, repo.configPath, repo.visibility, repo.connectionId, repo.counter],
    [false, 0, '', 'internal', connectionId, 0],
  );
  assert.deepEqual(await findPermission(db, user.id, repo.id), READ);
  const row = await db.selectFrom('permissions').select('synced').executeTakeFirstOrThrow();
  assert.equal(row.synced, 0);
  assert.equal((await findUserById(db, user.id))?.synced, TEST_NOW + 9);
});

test('known repositories follow the service, their settings and rights stay', async (t) => {
  const { db, user, connectionId, sync, repoAt, shown } = await setup(t, [found('a')]);
  const stored = { connectionId, uid: 'uid-a', namespace: 'octo', name: 'a', isTrusted: true };
  const { id } = await insertRepo(db, aRepo({ ...stored, visibility: 'public', link: 'https://old' }));
  await upsertPermission(db, { userId: user.id, repoId: id }, { ...ALL, synced: 5 });
  shown.splice(0, 1, found('a', { name: 'renamed', link: '', defaultBranch: 'dev' }));
  await sync();
  const repo = await repoAt('octo/renamed');
  assert.deepEqual(
    [repo.id, repo.link, repo.defaultBranch, repo.visibility, repo.isTrusted],
    [id, 'https://old', 'dev', 'public', true],
  );
  assert.deepEqual(await findPermission(db, user.id, id), ALL);
  const { version } = repo;
  await sync();
  assert.equal((await repoAt('octo/renamed')).version, version, 'nothing has changed, so nothing is written');
});

test('rights to what the service no longer shows are gone, also those of other connections stay', async (t) => {
  const { db, user, sync, repoAt, shown } = await setup(t, [found('a'), found('b')]);
  const elsewhere = await insertRepo(db, aRepo({ name: 'builtin' }));
  await upsertPermission(db, { userId: user.id, repoId: elsewhere.id }, { ...ALL, synced: 5 });
  await sync();
  shown.splice(0, 1);
  await sync();
  assert.equal(await findPermission(db, user.id, (await repoAt('octo/a')).id), undefined);
  assert.deepEqual(await findPermission(db, user.id, (await repoAt('octo/b')).id), READ);
  assert.deepEqual(await findPermission(db, user.id, elsewhere.id), ALL);
});

test('archived repositories and owners that are words of the server are left out', async (t) => {
  const { sync, slugs } = await setup(t, [
    found('old', { isArchived: true }),
    found('x', { namespace: 'API' }),
    found('y', { namespace: 'group/sub' }),
  ]);
  await sync();
  assert.deepEqual(await slugs(), ['group/sub/y']);
});

test('a slug that another connection has gets a number, which stays', async (t) => {
  const { db, sync, slugs } = await setup(t, [found('a')]);
  const taken = await insertRepo(db, aRepo({ namespace: 'octo', name: 'a' }));
  await sync();
  assert.deepEqual(await slugs(), ['octo/a', 'octo/a-2']);
  await removeRepo(db, taken.id);
  await sync();
  assert.deepEqual(await slugs(), ['octo/a-2']);
});

test('where rows are the truth, synchronisation neither adds nor removes any', async (t) => {
  const { db, user, connectionId, sync, slugs } = await setup(t, [found('a'), found('gone')], true);
  const repo = await insertRepo(db, aRepo({ connectionId, uid: 'uid-a', namespace: 'octo', name: 'a' }));
  const other = await insertRepo(db, aRepo({ connectionId, uid: 'uid-z', namespace: 'octo', name: 'z' }));
  await upsertPermission(db, { userId: user.id, repoId: other.id }, { ...ALL, synced: 5 });
  await sync();
  assert.deepEqual(await slugs(), ['octo/a', 'octo/z']);
  assert.equal(await findPermission(db, user.id, repo.id), undefined);
  assert.deepEqual(await findPermission(db, user.id, other.id), ALL);
});
