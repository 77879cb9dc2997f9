import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo, TEST_NOW } from '@sortie/testing/domain-builders';
import { findPermission, findPermissionRow, upsertPermission } from '../store/permissions.ts';
import { findRepoById, insertRepo, removeRepo } from '../store/repos.ts';
import { applyRepoFacts } from './repo-facts.ts';
import type { SyncRules } from './sync-rules.ts';
import { ALL, found, insertBuildOf, READ, setup } from './sync-world.fixture.ts';

test('new repositories are stored inactive, with the rights that the list tells', async (t) => {
  const { db, user, connectionId, sync, repoAt, account } = await setup(t, [
    found('a', { isPrivate: false, visibility: 'internal', permission: READ }),
  ]);
  await sync();
  const repo = await repoAt('octo/a');
  assert.deepEqual(
    [repo.isActive, repo.userId, repo.configPath, repo.visibility, repo.connectionId, repo.counter],
    [false, 0, '', 'internal', connectionId, 0],
  );
  assert.deepEqual(await findPermissionRow(db, user.id, repo.id), { ...READ, synced: TEST_NOW + 9 });
  assert.deepEqual(await account(), { isSyncing: false, synced: TEST_NOW + 9, syncError: '' });
});

test('[scm A8] [scm X28] a list that does not tell rights, or lies about them, gives the right to read, unverified', async (t) => {
  const { db, user, sync, repoAt, shown } = await setup(t, [found('a', { permission: undefined })]);
  await sync();
  const { id } = await repoAt('octo/a');
  assert.deepEqual(await findPermissionRow(db, user.id, id), { ...READ, synced: 0 });
  await upsertPermission(db, { userId: user.id, repoId: id }, { ...ALL, synced: 7 });
  await sync();
  assert.deepEqual(await findPermissionRow(db, user.id, id), { ...ALL, synced: 7 }, 'what is known stays');
  shown.splice(0, 1, found('a', { permission: READ }));
  await sync();
  assert.deepEqual(await findPermissionRow(db, user.id, id), { ...READ, synced: TEST_NOW + 9 });
});

test('[scm S2] a renamed or transferred repository keeps its row, builds and settings', async (t) => {
  const { db, user, connectionId, sync, repoAt, shown } = await setup(t, [found('a')]);
  const stored = { connectionId, uid: 'uid-a', namespace: 'octo', name: 'a', isTrusted: true };
  const { id } = await insertRepo(db, aRepo({ ...stored, visibility: 'public', link: 'https://old' }));
  const build = await insertBuildOf(db, id);
  await upsertPermission(db, { userId: user.id, repoId: id }, { ...ALL, synced: 5 });
  shown.splice(0, 1, found('a', { namespace: 'acme', name: 'renamed', link: '', defaultBranch: 'dev' }));
  await sync();
  const repo = await repoAt('acme/renamed');
  assert.deepEqual(
    [repo.id, repo.link, repo.defaultBranch, repo.visibility, repo.isTrusted, repo.isActive],
    [id, 'https://old', 'dev', 'public', true, true],
  );
  assert.equal(build.repoId, repo.id);
  assert.deepEqual(await findPermission(db, user.id, id), ALL);
  const { version } = repo;
  await sync();
  assert.equal((await repoAt('acme/renamed')).version, version, 'nothing has changed, so nothing is written');
});

test('[scm S2] two repositories that exchange their names stay who they are', async (t) => {
  const { sync, repoAt, shown } = await setup(t, [found('a'), found('b')]);
  await sync();
  const [a, b] = [await repoAt('octo/a'), await repoAt('octo/b')];
  shown.splice(0, 2, found('a', { name: 'b' }), found('b', { name: 'a' }));
  await sync();
  assert.deepEqual([(await repoAt('octo/b')).id, (await repoAt('octo/a')).id], [a.id, b.id]);
});

test('[scm S3] [scm X31] a repository that was made anew under an old name gets a row of its own', async (t) => {
  const { db, sync, repoAt, shown, connectionId, reports } = await setup(t, []);
  const stored = { connectionId, uid: '7', namespace: 'octo', name: 'a' };
  const old = await insertRepo(db, aRepo(stored));
  await insertBuildOf(db, old.id);
  shown.push(found('a', { uid: '8' }));
  await sync();
  const fresh = await repoAt('octo/a');
  assert.notEqual(fresh.id, old.id);
  assert.deepEqual([fresh.uid, fresh.isActive, fresh.counter], ['8', false, 0]);
  const aside = await repoAt('octo/a~7');
  assert.deepEqual([aside.id, aside.uid, aside.isActive], [old.id, '7', false]);
  assert.equal(
    (await db.selectFrom('builds').select('id').where('repo_id', '=', old.id).execute()).length,
    1,
  );
  assert.equal(reports.length, 1);
  const intents = await db.selectFrom('outbox').select('subject').execute();
  assert.deepEqual(intents, [{ subject: `repo:${old.id}` }], 'subscribers hear that it was switched off');
});

test('[scm S4] rights to what the service no longer shows are gone, those of other connections stay', async (t) => {
  const { db, user, sync, repoAt, shown } = await setup(t, [found('a'), found('b')]);
  const elsewhere = await insertRepo(db, aRepo({ name: 'builtin' }));
  await upsertPermission(db, { userId: user.id, repoId: elsewhere.id }, { ...ALL, synced: 5 });
  await sync();
  shown.splice(0, 1);
  await sync();
  assert.equal(await findPermission(db, user.id, (await repoAt('octo/a')).id), undefined);
  assert.deepEqual(await findPermission(db, user.id, (await repoAt('octo/b')).id), ALL);
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

for (const namespaces of [['acme'], ['ACME']]) {
  test(`[scm S9] DRONE_REPOSITORY_FILTER=${namespaces} lets through that namespace alone, with its groups`, async (t) => {
    const shown = [
      found('a', { namespace: 'Acme' }),
      found('b', { namespace: 'acme/team' }),
      found('c', { namespace: 'acmes' }),
      found('d'),
    ];
    const { sync, slugs } = await setup(t, shown, { rules: { namespaces } });
    await sync();
    assert.deepEqual(await slugs(), ['Acme/a', 'acme/team/b']);
  });
}

test('visibility and trust of new repositories follow the settings, and nothing private is opened', async (t) => {
  const open = { isPrivate: false, visibility: 'public' } as const;
  const shown = [found('open', open), found('shut'), found('within', { visibility: 'internal' })];
  const visibility = async (rules: Partial<SyncRules>) => {
    const { sync, repoAt } = await setup(t, shown, { rules });
    await sync();
    const repos = await Promise.all(['octo/open', 'octo/shut', 'octo/within'].map(repoAt));
    return [...repos.map((repo) => repo.visibility), repos.every(({ isTrusted }) => isTrusted)];
  };
  assert.deepEqual(await visibility({}), ['public', 'private', 'internal', false]);
  assert.deepEqual(await visibility({ visibility: 'internal', isTrusted: true }), [
    'internal',
    'private',
    'internal',
    true,
  ]);
  assert.deepEqual(await visibility({ visibility: 'private' }), ['private', 'private', 'private', false]);
  assert.deepEqual(await visibility({ visibility: 'public' }), ['public', 'private', 'private', false]);
});

test('[scm S10] a repository that turns private at the service is private here, one that is opened is not opened', async (t) => {
  const open = { isPrivate: false, visibility: 'public' } as const;
  const { sync, repoAt, shown } = await setup(t, [found('a', open)]);
  await sync();
  assert.equal((await repoAt('octo/a')).visibility, 'public');
  shown.splice(0, 1, found('a'));
  await sync();
  assert.deepEqual(
    [(await repoAt('octo/a')).visibility, (await repoAt('octo/a')).isPrivate],
    ['private', true],
  );
  shown.splice(0, 1, found('a', open));
  await sync();
  assert.deepEqual(
    [(await repoAt('octo/a')).visibility, (await repoAt('octo/a')).isPrivate],
    ['private', false],
  );
});

test('[scm S10] [scm S2] facts of a verified webhook do the same at once', async (t) => {
  const { db, connectionId } = await setup(t, []);
  const stored = { connectionId, uid: '7', namespace: 'octo', name: 'a', isPrivate: false };
  const repo = await insertRepo(
    db,
    aRepo({ ...stored, visibility: 'public', httpUrl: 'https://git/octo/a.git' }),
  );
  const facts = { namespace: 'acme', name: 'b', httpUrl: '', sshUrl: '', link: '', defaultBranch: '' };
  const moved = await applyRepoFacts(db, repo, { ...facts, isPrivate: true }, TEST_NOW);
  assert.deepEqual(
    [moved?.slug, moved?.visibility, moved?.httpUrl, moved?.defaultBranch],
    ['acme/b', 'private', 'https://git/octo/a.git', 'main'],
  );
  assert.ok(moved);
  assert.equal(await applyRepoFacts(db, moved, { ...facts, isPrivate: true }, TEST_NOW), moved, 'no write');
  const reserved = { ...facts, namespace: 'api', isPrivate: true };
  assert.equal((await applyRepoFacts(db, moved, reserved, TEST_NOW))?.slug, 'acme/b');
});

test('[scm S3] a webhook that tells of a taken name switches the one before off, and subscribers hear of it', async (t) => {
  const { db, connectionId } = await setup(t, []);
  const place = { connectionId, namespace: 'octo', userId: 5, isActive: true };
  const gone = await insertRepo(db, aRepo({ ...place, uid: '7', name: 'a' }));
  const repo = await insertRepo(db, aRepo({ ...place, uid: '8', name: 'b' }));
  const facts = { namespace: 'octo', name: 'a', httpUrl: '', sshUrl: '', link: '', defaultBranch: '' };
  const moved = await applyRepoFacts(db, repo, { ...facts, isPrivate: false }, TEST_NOW);
  const retired = await findRepoById(db, gone.id);
  assert.deepEqual([moved?.slug, retired?.slug, retired?.isActive], ['octo/a', 'octo/a~7', false]);
  const intents = await db.selectFrom('outbox').select(['subject', 'payload']).execute();
  const { action, userId } = JSON.parse(intents[0]?.payload ?? '{}') as Record<string, unknown>;
  assert.deepEqual([intents[0]?.subject, action, userId], [`repo:${gone.id}`, 'disabled', 5]);
});

test('[scm S15] names that differ in case only are one repository', async (t) => {
  const { sync, slugs, shown } = await setup(t, [found('a', { name: 'Hello' })]);
  await sync();
  shown.splice(0, 1, found('a', { namespace: 'OCTO', name: 'hello' }));
  await sync();
  assert.deepEqual(await slugs(), ['OCTO/hello']);
  shown.push(found('a', { namespace: 'octo', name: 'hello' }));
  await sync();
  assert.equal((await slugs()).length, 1);
});

test('[scm A23] projects in nested groups are listed', async (t) => {
  const { sync, repoAt } = await setup(t, [found('deep', { namespace: 'acme/team/sub' })]);
  await sync();
  assert.equal((await repoAt('acme/team/sub/deep')).namespace, 'acme/team/sub');
});

test('a slug that another connection has gets a number, which stays, and the name at the service is kept', async (t) => {
  const { db, sync, slugs, repoAt, shown } = await setup(t, [found('a')]);
  const taken = await insertRepo(db, aRepo({ namespace: 'Octo', name: 'A' }));
  await sync();
  assert.deepEqual(await slugs(), ['Octo/A', 'octo/a-2']);
  const { id } = await repoAt('octo/a-2');
  assert.equal((await findRepoById(db, id))?.serviceSlug, 'octo/a');
  await removeRepo(db, taken.id);
  await sync();
  assert.deepEqual(await slugs(), ['octo/a-2']);
  shown.splice(0, 1, found('a', { name: 'z' }));
  await sync();
  assert.equal((await repoAt('octo/z')).serviceSlug, '');
});

test('where rows are the truth, synchronisation neither adds nor removes any', async (t) => {
  const { db, user, connectionId, sync, slugs } = await setup(t, [found('a'), found('gone')], {
    isAuthoritative: true,
  });
  const repo = await insertRepo(db, aRepo({ connectionId, uid: 'uid-a', namespace: 'octo', name: 'a' }));
  const other = await insertRepo(db, aRepo({ connectionId, uid: 'uid-z', namespace: 'octo', name: 'z' }));
  await upsertPermission(db, { userId: user.id, repoId: other.id }, { ...ALL, synced: 5 });
  await sync();
  assert.deepEqual(await slugs(), ['octo/a', 'octo/z']);
  assert.equal(await findPermission(db, user.id, repo.id), undefined);
  assert.deepEqual(await findPermission(db, user.id, other.id), ALL);
});
