import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aRepo, TEST_NOW } from '@sortie/testing/domain-builders';
import { findIdentityOfUser, insertIdentity } from '../store/identities.ts';
import { findPermission } from '../store/permissions.ts';
import { insertRepo } from '../store/repos.ts';
import { findMissingCount } from '../store/sync-state.ts';
import { findUserById } from '../store/users.ts';
import { createRepoSync } from './sync-repos.ts';
import { ALL, dueOf, found, READ, setup } from './sync-world.fixture.ts';
import { SITE_ADMIN_NOTE } from './warn-site-admin.ts';

test('[scm S5] the account tells how many repositories have been seen, once a second, and forgets it at the end', async (t) => {
  const { db, user, sync, state } = await setup(t, [found('a')]);
  const seen = async () => (await findUserById(db, user.id))?.syncSeen;
  const read: (number | undefined)[] = [];
  state.during = async (onSeen) => {
    for (const count of [1, 100, 200]) {
      await onSeen?.(count);
      read.push(await seen());
      state.now += count === 1 ? 1 : 0;
    }
  };
  await sync();
  assert.deepEqual([...read, await seen()], [undefined, 100, 100, undefined]);
});

test('[scm S5] a failing service takes nothing away, is named and is asked again soon', async (t) => {
  const { db, user, sync, repoAt, account, state } = await setup(t, [found('a')]);
  await sync();
  state.failure = new AppError('service-unavailable', 'Gogs does not answer.', { hint: 'Start it.' });
  state.now += 1000;
  await assert.rejects(sync(), { code: 'service-unavailable' });
  assert.deepEqual(await findPermission(db, user.id, (await repoAt('octo/a')).id), ALL);
  const { isSyncing, synced, syncError } = await account();
  assert.deepEqual([isSyncing, synced], [false, TEST_NOW + 9]);
  assert.match(syncError, /Gogs does not answer\..*Start it\./s);
  const due = await dueOf(db, user.id);
  assert.ok(due > state.now && due <= state.now + 900, String(due - state.now));
  state.failure = undefined;
  await sync();
  assert.deepEqual(await account(), { isSyncing: false, synced: state.now, syncError: '' });
  assert.equal(await dueOf(db, user.id), 0);
});

test('[scm S6] a list that is suddenly empty has to come twice, a minute apart, before anything is taken away', async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
  const { db, user, sync, account, shown, state } = await setup(
    t,
    names.map((name) => found(name)),
  );
  const rows = async () =>
    (await db.selectFrom('permissions').select('repo_id').where('user_id', '=', user.id).execute()).length;
  await sync();
  shown.splice(0, 12);
  state.now += 100;
  await sync();
  assert.equal(await rows(), 12);
  assert.match((await account()).syncError, /says the same again/);
  assert.equal(await dueOf(db, user.id), state.now + 60);
  state.now += 30;
  await sync();
  assert.equal(await rows(), 12, 'half a minute is too soon');
  shown.push(found('r0'));
  state.now += 30;
  await sync();
  assert.equal(await rows(), 12, 'another answer begins anew');
  state.now += 60;
  await sync();
  assert.equal(await rows(), 1);
  assert.deepEqual(await account(), { isSyncing: false, synced: state.now, syncError: '' });
});

test('[scm S6] few rows, and less than half of many, go at once', async (t) => {
  const names = Array.from({ length: 20 }, (_, index) => `r${index}`);
  const { db, user, sync, shown } = await setup(
    t,
    names.map((name) => found(name)),
  );
  const rows = async () =>
    (await db.selectFrom('permissions').select('repo_id').where('user_id', '=', user.id).execute()).length;
  await sync();
  shown.splice(0, 10);
  await sync();
  assert.equal(await rows(), 10);
  shown.splice(0, 1);
  await sync();
  shown.splice(0, 9);
  await sync();
  assert.equal(await rows(), 0);
});

test('[scm S7] twenty synchronisations at once are one at the service', async (t) => {
  const { repoSync, user, slugs, state, account } = await setup(t, [found('a')]);
  const { done } = await repoSync.start(user);
  assert.equal((await account()).isSyncing, true);
  await Promise.all([done, ...Array.from({ length: 19 }, () => repoSync.run(user))]);
  assert.equal(state.calls, 1);
  assert.deepEqual(await slugs(), ['octo/a']);
  await repoSync.run(user);
  assert.equal(state.calls, 2, 'a later one asks again');
});

test('a repository that its owner no longer finds is counted as missing until it is there again', async (t) => {
  const { db, user, sync, repoAt, shown, state } = await setup(t, [found('a')]);
  await sync();
  const { id } = await repoAt('octo/a');
  await db.updateTable('repos').set({ user_id: user.id }).execute();
  const [gone] = shown.splice(0, 1);
  for (const count of [1, 2, 3]) {
    await sync();
    assert.equal(await findMissingCount(db, id), count);
  }
  assert.ok(gone);
  state.hidden.push(gone);
  await sync();
  assert.equal(await findMissingCount(db, id), 0, 'it is there, although not in the list');
  state.hidden.splice(0, 1, { ...gone, uid: 'another' });
  await sync();
  assert.equal(await findMissingCount(db, id), 1, 'another one has taken its name');
  shown.push(gone);
  await sync();
  assert.equal(await findMissingCount(db, id), 0);
});

test('[scm S12] [scm X29] an administrator of the whole Gogs is warned, and repositories of others are not taken over', async (t) => {
  const { db, user, connectionId, sync, slugs, state } = await setup(t, [found('a')]);
  const identity = { userId: user.id, connectionId, uid: '1', login: 'octo', created: 1 };
  await insertIdentity(db, identity);
  const note = async () => (await findIdentityOfUser(db, user.id, connectionId))?.note;
  const other = found('secret', { namespace: 'zoe' });
  const foreign = { connectionId, uid: other.uid, namespace: 'zoe', name: 'secret' };
  const repo = await insertRepo(db, aRepo(foreign));
  await sync();
  assert.equal(await note(), '');
  state.hidden.push(other);
  await sync();
  assert.equal(await note(), SITE_ADMIN_NOTE);
  assert.deepEqual(await slugs(), ['octo/a', 'zoe/secret']);
  assert.equal(await findPermission(db, user.id, repo.id), undefined);
  state.hidden.splice(0, 1, { ...other, permission: READ });
  await sync();
  assert.equal(await note(), '');
});

test('an account that is linked to a second service is in step with both, and one that fails stops not the other', async (t) => {
  const { db, user, connectionId, slugs } = await setup(t, []);
  const second = await db
    .insertInto('connections')
    .values({ kind: 'gitea', name: 'gitea' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const provider = await db
    .insertInto('connections')
    .values({ kind: 'oidc', name: 'oidc' })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const id of [second.id, provider.id]) {
    const linked = { userId: user.id, connectionId: id, uid: '5', login: 'octo', created: 1 };
    await insertIdentity(db, linked);
  }
  const asked: number[] = [];
  const repoSync = createRepoSync({
    db,
    now: () => TEST_NOW,
    reportFailure: () => undefined,
    forgeOf: (id) => ({
      isAuthoritative: false,
      async listRepos() {
        asked.push(id);
        if (id === connectionId) throw new AppError('service-unavailable', 'Gogs does not answer.');
        return [found('there')];
      },
      findRepo: async () => undefined,
      installHook: async () => undefined,
      removeHook: async () => undefined,
      findAccount: async () => undefined,
    }),
  });
  await assert.rejects(repoSync.run(user), { code: 'service-unavailable' });
  assert.deepEqual(asked, [connectionId, second.id]);
  assert.deepEqual(await slugs(), ['octo/there']);
});
