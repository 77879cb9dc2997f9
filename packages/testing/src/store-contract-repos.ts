import assert from 'node:assert/strict';
import { insertBuild, listOpenBuildIds, updateBuild } from '@sortie/server/store/builds';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { appendEvent, listEventsAfter } from '@sortie/server/store/events';
import {
  findPermissionRows,
  listCollaborators,
  listPermissionsOfUser,
  removePermissions,
  upsertPermission,
} from '@sortie/server/store/permissions';
import { claimRepoTurn, endRepoTurn, renewRepoTurn } from '@sortie/server/store/repo-turns';
import {
  findRepoById,
  highestBuildNumber,
  insertRepo,
  listOpenBuildIdsOfRepo,
  removeRepo,
} from '@sortie/server/store/repos';
import { findSyncSuspicion, noteSyncSuspicion } from '@sortie/server/store/sync-state';
import { clearSyncing, findUserById, insertUser } from '@sortie/server/store/users';
import { aBuildDraft, aRepo, aUser, NEW_BUILD, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const READ = { read: true, write: false, admin: false };
const NEW = {
  ...NEW_BUILD,
} as const;
const ALL = { read: true, write: true, admin: true };

/** What belongs to repositories: who works on them, and which of their builds are open. */
export function keepingRepos(it: StoreCase): void {
  it('collaborators come by login in any case, with when their rows were made and changed', async ({
    db,
  }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const zoe = await insertUser(db, aUser({ login: 'zoe', avatar: 'picture' }));
    const ada = await insertUser(db, aUser({ login: 'Ada' }));
    await upsertPermission(db, { userId: zoe.id, repoId }, { ...READ, synced: 5 });
    await upsertPermission(db, { userId: ada.id, repoId }, { ...READ, synced: 6 });
    await upsertPermission(db, { userId: zoe.id, repoId }, { ...ALL, synced: 8 });
    const rows = await listCollaborators(db, repoId);
    assert.deepEqual(
      rows.map(({ login, admin, avatar, synced, created, updated }) => ({
        row: `${login} ${admin} ${avatar}`,
        times: [synced, created, updated],
      })),
      [
        { row: 'Ada false ', times: [6, 6, 6] },
        { row: 'zoe true picture', times: [8, 5, 8] },
      ],
    );
    assert.deepEqual([...(await listPermissionsOfUser(db, zoe.id))], [[repoId, ALL]]);
  });

  it('open builds are those of the repository, page by page for all', async ({ db }) => {
    const first = await insertRepo(db, aRepo());
    const second = await insertRepo(db, aRepo({ name: 'other' }));
    assert.equal(await highestBuildNumber(db, first.id), 0);
    const open = [await addBuild(db, first.id), await addBuild(db, second.id), await addBuild(db, first.id)];
    const done = await addBuild(db, first.id);
    await inTransaction(db, (tx) =>
      updateBuild(tx, done.id, { status: 'success' }, { version: done.version }),
    );
    assert.deepEqual(await listOpenBuildIdsOfRepo(db, first.id), [open[0]?.id, open[2]?.id]);
    assert.equal(await highestBuildNumber(db, first.id), 3);
    const page = await listOpenBuildIds(db, { limit: 2 });
    assert.deepEqual(page, [open[0]?.id, open[1]?.id]);
    assert.deepEqual(await listOpenBuildIds(db, { after: page[1], limit: 2 }), [open[2]?.id]);
  });

  it('events of a removed repository are gone, others stay', async ({ db }) => {
    const gone = await insertRepo(db, aRepo());
    const stays = await insertRepo(db, aRepo({ name: 'other' }));
    for (const { id: repoId } of [gone, stays]) {
      const event = { repoId, buildId: 1, change: 'created', created: TEST_NOW } as const;
      await inTransaction(db, (tx) => appendEvent(tx, event));
    }
    assert.equal(await removeRepo(db, gone.id), true);
    const left = await listEventsAfter(db, 0, 10);
    assert.deepEqual(
      left.map(({ repoId }) => repoId),
      [stays.id],
    );
  });

  it('rights are read and taken away for many repositories at once', async ({ db }) => {
    const [ada, bob] = [
      await insertUser(db, aUser({ login: 'ada' })),
      await insertUser(db, aUser({ login: 'bob' })),
    ];
    const repoIds: number[] = [];
    for (let at = 0; at < 501; at += 1) repoIds.push((await insertRepo(db, aRepo({ name: `r${at}` }))).id);
    const [first = 0, ...others] = repoIds;
    for (const repoId of repoIds)
      await upsertPermission(db, { userId: ada.id, repoId }, { ...READ, synced: 5 });
    await upsertPermission(db, { userId: bob.id, repoId: first }, { ...ALL, synced: 6 });
    assert.equal((await findPermissionRows(db, ada.id, repoIds)).size, 501);
    assert.deepEqual([...(await findPermissionRows(db, bob.id, repoIds))], [[first, { ...ALL, synced: 6 }]]);
    await removePermissions(db, ada.id, others);
    assert.deepEqual([...(await findPermissionRows(db, ada.id, repoIds)).keys()], [first]);
    await removePermissions(db, ada.id, [first]);
    assert.equal((await findPermissionRows(db, ada.id, repoIds)).size, 0);
    assert.equal((await findPermissionRows(db, bob.id, repoIds)).size, 1);
  });

  it('what looks odd of a list is kept while it is written', async ({ db }) => {
    const { id } = await insertUser(db, aUser());
    await noteSyncSuspicion(db, id, '{"2":{}}');
    assert.equal(await findSyncSuspicion(db, id), '{"2":{}}');
  });

  it('the turn to change a repository is had by one at a time, and runs out', async ({ db }) => {
    const { id: repoId, version } = await insertRepo(db, aRepo());
    const other = await insertRepo(db, aRepo({ name: 'other' }));
    const mine = { repoId, until: TEST_NOW + 60 };
    assert.equal(await claimRepoTurn(db, mine, TEST_NOW), true);
    assert.equal(await claimRepoTurn(db, { repoId, until: TEST_NOW + 61 }, TEST_NOW + 1), false);
    assert.equal(await claimRepoTurn(db, { repoId: other.id, until: TEST_NOW + 60 }, TEST_NOW), true);
    assert.equal(await renewRepoTurn(db, mine, TEST_NOW + 80), true);
    assert.equal(await claimRepoTurn(db, { repoId, until: TEST_NOW + 139 }, TEST_NOW + 79), false);
    const theirs = { repoId, until: TEST_NOW + 140 };
    assert.equal(await claimRepoTurn(db, theirs, TEST_NOW + 80), true, 'whoever had it is gone');
    assert.equal(await renewRepoTurn(db, { repoId, until: TEST_NOW + 80 }, TEST_NOW + 200), false);
    await endRepoTurn(db, { repoId, until: TEST_NOW + 80 });
    assert.equal(await claimRepoTurn(db, { repoId, until: TEST_NOW + 150 }, TEST_NOW + 90), false);
    await endRepoTurn(db, theirs);
    assert.equal(await claimRepoTurn(db, { repoId, until: TEST_NOW + 150 }, TEST_NOW + 90), true);
    assert.equal((await findRepoById(db, repoId))?.version, version, 'it is no change of the repository');
    await removeRepo(db, repoId);
    assert.equal(await claimRepoTurn(db, mine, TEST_NOW + 999), false);
  });

  it('two claims of a turn at once have one winner', async ({ db }) => {
    const { id: repoId } = await insertRepo(db, aRepo());
    const claims = [1, 2, 3, 4].map((at) =>
      claimRepoTurn(db, { repoId, until: TEST_NOW + 60 + at }, TEST_NOW),
    );
    assert.equal((await Promise.all(claims)).filter(Boolean).length, 1);
  });

  it('nobody is being synchronised after the flag is cleared', async ({ db }) => {
    const user = await insertUser(db, aUser({ isSyncing: true }));
    await clearSyncing(db);
    assert.equal((await findUserById(db, user.id))?.isSyncing, false);
  });
}

function addBuild(db: Db, repoId: number) {
  return inTransaction(db, (tx) => insertBuild(tx, { ...aBuildDraft(), ...NEW, repoId }));
}
