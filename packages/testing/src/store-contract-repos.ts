import assert from 'node:assert/strict';
import { insertBuild, listOpenBuildIds, updateBuild } from '@sortie/server/store/builds';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { appendEvent, listEventsAfter } from '@sortie/server/store/events';
import { listCollaborators, listPermissionsOfUser, upsertPermission } from '@sortie/server/store/permissions';
import {
  highestBuildNumber,
  insertRepo,
  listOpenBuildIdsOfRepo,
  removeRepo,
} from '@sortie/server/store/repos';
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

  it('nobody is being synchronised after the flag is cleared', async ({ db }) => {
    const user = await insertUser(db, aUser({ isSyncing: true }));
    await clearSyncing(db);
    assert.equal((await findUserById(db, user.id))?.isSyncing, false);
  });
}

function addBuild(db: Db, repoId: number) {
  return inTransaction(db, (tx) => insertBuild(tx, { ...aBuildDraft(), ...NEW, repoId }));
}
