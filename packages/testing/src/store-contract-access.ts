import assert from 'node:assert/strict';
import { ensureConnection } from '@sortie/server/store/connections';
import type { Db } from '@sortie/server/store/db';
import { insertIdentity, markIdentityInvalid, updateIdentity } from '@sortie/server/store/identities';
import {
  findMembership,
  findMembershipRow,
  removeMembership,
  upsertMembership,
} from '@sortie/server/store/memberships';
import {
  confirmPermissions,
  findPermissionRow,
  listPermissionRows,
  upsertPermission,
} from '@sortie/server/store/permissions';
import {
  findForeignRepo,
  findRepoBySlugInAnyCase,
  findReposByUids,
  listConnectionsOfNamespace,
} from '@sortie/server/store/repo-lookups';
import { listTokenHolders, passOnRepo, transferReposOf } from '@sortie/server/store/repo-owners';
import { findRepoById, insertRepo, updateRepo } from '@sortie/server/store/repos';
import {
  claimDueSync,
  clearMissing,
  endSync,
  findMissingCount,
  findSyncSuspicion,
  listDueSyncs,
  listOwnedRepos,
  markSyncing,
  noteMissing,
  noteSyncSeen,
} from '@sortie/server/store/sync-state';
import { findUserById, insertUser, updateUser } from '@sortie/server/store/users';
import { aRepo, aUser, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const ALL = { read: true, write: true, admin: true };
const DAY = 86_400;

async function gogs(db: Db): Promise<number> {
  return (await ensureConnection(db, { kind: 'gogs', name: 'gogs', url: 'https://gogs.test/' })).id;
}

/** An account with a token at the connection. */
async function addHolder(
  db: Db,
  connectionId: number,
  login: string,
  patch: Parameters<typeof aUser>[0] = {},
) {
  const user = await insertUser(db, aUser({ login, ...patch }));
  const identity = { userId: user.id, connectionId, uid: `uid-${login}`, login, created: 1 };
  const { id } = await insertIdentity(db, identity);
  await updateIdentity(db, id, { accessSealed: `token-${login}`, updated: 1 });
  return { ...user, identity: { id, accessSealed: `token-${login}` } };
}

/** What accounts may do, how old that is, and whose turn it is to be asked about. */
export function keepingAccess(it: StoreCase): void {
  it('rows are listed by connection with their age, and confirmed without a change', async ({ db }) => {
    const connectionId = await gogs(db);
    const user = await insertUser(db, aUser());
    const here = await insertRepo(db, aRepo({ name: 'here' }));
    const there = await insertRepo(db, aRepo({ connectionId, uid: '7', name: 'there' }));
    for (const { id } of [here, there]) {
      await upsertPermission(db, { userId: user.id, repoId: id }, { ...ALL, synced: 5 });
    }
    assert.deepEqual(
      [...(await listPermissionRows(db, user.id, connectionId))],
      [[there.id, { ...ALL, synced: 5 }]],
    );
    await confirmPermissions(db, user.id, { repoIds: [there.id], synced: 9 });
    await confirmPermissions(db, user.id, { repoIds: [], synced: 11 });
    assert.deepEqual(await findPermissionRow(db, user.id, there.id), { ...ALL, synced: 9 });
    assert.deepEqual(await findPermissionRow(db, user.id, here.id), { ...ALL, synced: 5 });
    assert.equal(await findPermissionRow(db, user.id + 1, here.id), undefined);
  });

  it('a membership has an age and an end', async ({ db }) => {
    const { id: userId } = await insertUser(db, aUser());
    await upsertMembership(db, { userId, namespace: 'acme', role: 'admin', synced: 5 });
    assert.deepEqual(await findMembershipRow(db, userId, 'acme'), { role: 'admin', synced: 5 });
    await removeMembership(db, userId, 'other');
    await removeMembership(db, userId, 'acme');
    assert.equal(await findMembership(db, userId, 'acme'), undefined);
    assert.equal(await findMembershipRow(db, userId, 'acme'), undefined);
  });

  it('repositories are found by uid within a connection and by slug in any case', async ({ db }) => {
    const connectionId = await gogs(db);
    const one = await insertRepo(db, aRepo({ connectionId, uid: '7', namespace: 'Acme', name: 'One' }));
    await insertRepo(db, aRepo({ uid: '7', name: 'builtin' }));
    const found = await findReposByUids(db, connectionId, ['6', '7']);
    assert.deepEqual([...found], [['7', one]]);
    assert.equal((await findReposByUids(db, connectionId, [])).size, 0);
    assert.equal((await findRepoBySlugInAnyCase(db, 'aCME/oNE'))?.id, one.id);
    assert.equal(await findRepoBySlugInAnyCase(db, 'acme/two'), undefined);
    assert.deepEqual(await listConnectionsOfNamespace(db, 'ACME'), [connectionId]);
    assert.deepEqual(await listConnectionsOfNamespace(db, 'none'), []);
  });

  it('the name at the service is kept beside the slug', async ({ db }) => {
    const { id } = await insertRepo(db, aRepo({ name: 'a-2', serviceSlug: 'octocat/a' }));
    assert.equal((await findRepoById(db, id))?.serviceSlug, 'octocat/a');
    const plain = await insertRepo(db, aRepo({ name: 'b' }));
    assert.equal(plain.serviceSlug, '');
  });

  it('what the service called it last is kept beside the visibility', async ({ db }) => {
    const { id, visibility } = await insertRepo(
      db,
      aRepo({ visibility: 'public', serviceVisibility: 'internal' }),
    );
    assert.deepEqual([visibility, (await findRepoById(db, id))?.serviceVisibility], ['public', 'internal']);
    await updateRepo(db, id, { serviceVisibility: 'private' });
    assert.equal((await findRepoById(db, id))?.serviceVisibility, 'private');
  });

  it('a foreign repository is of somebody else and was not shown', async ({ db }) => {
    const connectionId = await gogs(db);
    const add = (namespace: string, uid: string) =>
      insertRepo(db, aRepo({ connectionId, uid, namespace, name: uid }));
    await add('ada', '1');
    const foreign = await add('zoe', '2');
    await add('zoe', '3');
    const place = { connectionId, login: 'Ada' };
    assert.equal((await findForeignRepo(db, { ...place, shown: new Set(['3']) }))?.id, foreign.id);
    assert.equal(await findForeignRepo(db, { ...place, shown: new Set(['2', '3']) }), undefined);
    await noteMissing(db, foreign.id, true);
    assert.equal(await findForeignRepo(db, { ...place, shown: new Set(['3']) }), undefined);
  });

  it('answers that a repository is missing are counted in a row', async ({ db }) => {
    const connectionId = await gogs(db);
    const owner = await insertUser(db, aUser());
    const repo = await insertRepo(db, aRepo({ connectionId, uid: '7', userId: owner.id }));
    assert.deepEqual(await listOwnedRepos(db, owner.id, connectionId), [{ id: repo.id, uid: '7' }]);
    assert.deepEqual(await listOwnedRepos(db, owner.id, 1), []);
    assert.equal(await noteMissing(db, repo.id, true), 1);
    assert.equal(await noteMissing(db, repo.id, true), 2);
    await clearMissing(db, connectionId, new Set());
    assert.equal(await findMissingCount(db, repo.id), 2);
    await clearMissing(db, connectionId, new Set([repo.id]));
    assert.equal(await findMissingCount(db, repo.id), 0);
    assert.equal(await noteMissing(db, repo.id, false), 0);
  });

  it('a synchronisation leaves what went wrong, and a success clears it', async ({ db }) => {
    const { id } = await insertUser(db, aUser());
    await markSyncing(db, id, 7);
    await noteSyncSeen(db, id, 40);
    const during = await findUserById(db, id);
    assert.deepEqual([during?.isSyncing, during?.syncSeen], [true, 40]);
    await endSync(db, id, { error: 'out', due: 7, suspicion: '{"1":{}}' });
    const failed = await findUserById(db, id);
    assert.deepEqual([failed?.isSyncing, failed?.synced, failed?.syncError], [false, 0, 'out']);
    await noteSyncSeen(db, id, 50);
    assert.equal((await findUserById(db, id))?.syncSeen, undefined);
    assert.equal(await findSyncSuspicion(db, id), '{"1":{}}');
    await endSync(db, id, { synced: 9, error: '', due: 0, suspicion: '' });
    const done = await findUserById(db, id);
    assert.deepEqual([done?.synced, done?.syncError], [9, '']);
    assert.equal(await findSyncSuspicion(db, id), '');
  });

  it('due are people with a token who were active and are long out of step, and repetitions', async ({
    db,
  }) => {
    const connectionId = await gogs(db);
    const recent = { lastLogin: TEST_NOW - DAY };
    const due = await addHolder(db, connectionId, 'due', recent);
    const retry = await addHolder(db, connectionId, 'retry', { synced: TEST_NOW - 60 });
    await endSync(db, retry.id, { error: 'out', due: TEST_NOW - 1, suspicion: '' });
    const later = await addHolder(db, connectionId, 'later', recent);
    await endSync(db, later.id, { error: 'out', due: TEST_NOW + 1, suspicion: '' });
    await addHolder(db, connectionId, 'fresh', { ...recent, synced: TEST_NOW - 3600 });
    await addHolder(db, connectionId, 'asleep', { lastLogin: TEST_NOW - 40 * DAY });
    await addHolder(db, connectionId, 'inactive', { ...recent, isActive: false });
    await addHolder(db, connectionId, 'machine', { ...recent, isMachine: true });
    const busy = await addHolder(db, connectionId, 'busy', recent);
    await markSyncing(db, busy.id, TEST_NOW + 900);
    const dead = await addHolder(db, connectionId, 'dead', recent);
    await markIdentityInvalid(db, dead.identity);
    await insertUser(db, aUser({ login: 'tokenless', ...recent }));
    const when = {
      now: TEST_NOW,
      since: TEST_NOW - 30 * DAY,
      before: TEST_NOW - DAY,
      spread: 7200,
      limit: 99,
    };
    const listed = await listDueSyncs(db, when);
    assert.deepEqual(
      listed.map(({ userId }) => userId),
      [due.id, retry.id],
    );
    const [first] = listed;
    assert.ok(first);
    const claims = await Promise.all([1, 2, 3].map(() => claimDueSync(db, first, TEST_NOW + 900)));
    assert.equal(claims.filter(Boolean).length, 1);
    assert.deepEqual(
      (await listDueSyncs(db, when)).map(({ userId }) => userId),
      [retry.id],
    );
  });

  it('only people with a token that works inherit a repository of a service, or lend theirs', async ({
    db,
  }) => {
    const connectionId = await gogs(db);
    const owner = await addHolder(db, connectionId, 'owner');
    const repo = await insertRepo(db, aRepo({ connectionId, uid: '7', userId: owner.id }));
    const [zoe, bob] = [await addHolder(db, connectionId, 'zoe'), await addHolder(db, connectionId, 'bob')];
    const robot = await addHolder(db, connectionId, 'arthur', { isMachine: true });
    const tokenless = await insertUser(db, aUser({ login: 'aaron' }));
    const reader = await addHolder(db, connectionId, 'amy');
    for (const user of [zoe, bob, robot, tokenless]) {
      await upsertPermission(db, { userId: user.id, repoId: repo.id }, { ...ALL, synced: 5 });
    }
    await upsertPermission(db, { userId: reader.id, repoId: repo.id }, { ...ALL, admin: false, synced: 5 });
    const owned = async () => (await findRepoById(db, repo.id)) ?? repo;
    assert.deepEqual(await listTokenHolders(db, repo), [owner.id, zoe.id, bob.id]);
    await markIdentityInvalid(db, owner.identity);
    assert.deepEqual(await listTokenHolders(db, repo), [zoe.id, bob.id]);
    await transferReposOf(db, owner.id);
    assert.equal((await owned()).userId, bob.id, 'by login');
    await passOnRepo(db, repo.id, { from: owner.id, to: reader.id });
    assert.equal((await owned()).userId, bob.id, 'it was not theirs any more');
    await passOnRepo(db, repo.id, { from: bob.id, to: zoe.id });
    assert.equal((await owned()).userId, zoe.id);
    await transferReposOf(db, zoe.id);
    assert.equal((await owned()).userId, bob.id);
    await markIdentityInvalid(db, zoe.identity);
    await transferReposOf(db, bob.id);
    assert.equal((await owned()).userId, 0);
    await updateUser(db, bob.id, { isActive: false });
    assert.deepEqual(await listTokenHolders(db, await owned()), []);
  });
}
