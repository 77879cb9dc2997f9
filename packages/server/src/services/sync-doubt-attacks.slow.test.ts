import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aRepo } from '@sortie/testing/domain-builders';
import { findPermissionRow, upsertPermission } from '../store/permissions.ts';
import { insertRepo } from '../store/repos.ts';
import type { ForgeRepo } from './forge.ts';
import { ALL, found, setup } from './sync-world.fixture.ts';

const COUNT = 12;

async function openTwelve(t: Parameters<typeof setup>[0]) {
  const names = Array.from({ length: COUNT }, (_, index) => `r${index}`);
  const world = await setup(
    t,
    names.map((name) => found(name)),
  );
  await world.sync();
  return world;
}

test('[scm S6] who makes a new repository before each synchronisation does not keep the rights that are gone', async (t) => {
  const { db, user, sync, repoAt, shown, state } = await openTwelve(t);
  shown.splice(0, COUNT);
  for (const round of [1, 2]) {
    shown.splice(0, shown.length, found(`own-${round}`));
    state.now += 100;
    await sync();
  }
  assert.equal(await findPermissionRow(db, user.id, (await repoAt('octo/r0')).id), undefined);
});

test('rights of a list are as old as the question, and what was confirmed since then is newer', async (t) => {
  const { db, user, connectionId, repoSync, repoAt, shown, state } = await setup(t, [found('a'), found('b')]);
  await repoSync.run(user);
  const [a, b] = [await repoAt('octo/a'), await repoAt('octo/b')];
  const late = await insertRepo(
    db,
    aRepo({ connectionId, uid: 'uid-late', namespace: 'octo', name: 'late' }),
  );
  const asked = state.now + 1000;
  state.now = asked;
  const READ_ONLY = { read: true, write: false, admin: false };
  // While the pages of the list come in, somebody asks for b, and becomes a collaborator of late.
  state.during = async () => {
    state.now += 300;
    await upsertPermission(db, { userId: user.id, repoId: b.id }, { ...READ_ONLY, synced: state.now });
    await upsertPermission(db, { userId: user.id, repoId: late.id }, { ...ALL, synced: state.now });
    state.now += 1;
  };
  await repoSync.run(user);
  assert.equal((await findPermissionRow(db, user.id, a.id))?.synced, asked);
  assert.deepEqual(await findPermissionRow(db, user.id, b.id), { ...READ_ONLY, synced: asked + 300 });
  assert.deepEqual(await findPermissionRow(db, user.id, late.id), { ...ALL, synced: asked + 300 });
  assert.equal(shown.length, 2);
});

test('a repository that the service locks does not fail every synchronisation of its owner', async (t) => {
  const { db, user, sync, account, shown, state } = await setup(t, [found('a'), found('b')]);
  await sync();
  await db.updateTable('repos').set({ user_id: user.id }).execute();
  shown.splice(0, 1);
  state.refused = new AppError('service-refused', 'Repository access blocked.');
  state.now += 10;
  await sync();
  assert.deepEqual(await account(), { isSyncing: false, synced: state.now, syncError: '' });
});

test('an owner of many repositories that are gone has the others looked for as well', async (t) => {
  const { db, user, sync, shown, connectionId } = await setup(t, []);
  const names = Array.from({ length: 45 }, (_, index) => `r${index}`);
  for (const name of names) {
    await insertRepo(
      db,
      aRepo({ connectionId, uid: `uid-${name}`, namespace: 'octo', name, userId: user.id }),
    );
  }
  assert.deepEqual(shown satisfies readonly ForgeRepo[], []);
  for (let round = 0; round < 3; round += 1) await sync();
  const rows = await db
    .selectFrom('repos')
    .select('missing_count')
    .where('connection_id', '=', connectionId)
    .execute();
  assert.ok(rows.every((row) => row.missing_count > 0));
});

test('repositories whose names no address can hold are left out, and stop no synchronisation', async (t) => {
  const hostile = ['..', '.', '', 'a\u0000b', 'a\nb', 'a/b', 'a\\b', 'x'.repeat(600), '\ud800'];
  const list = [...hostile.map((name, at) => found(name, { uid: `bad-${at}` })), found('good.-_~')];
  const { sync, slugs, account, state } = await setup(t, [
    ...list,
    found('sub', { namespace: 'octo/../api' }),
  ]);
  await sync();
  assert.deepEqual(await slugs(), ['octo/good.-_~']);
  assert.equal((await account()).synced, state.now);
});
