import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo, TEST_NOW } from '@sortie/testing/domain-builders';
import { createServiceWorld } from '@sortie/testing/service-world';
import { insertBuildOf } from '../services/sync-world.fixture.ts';
import { upsertPermission } from '../store/permissions.ts';
import { insertRepo, updateRepo } from '../store/repos.ts';
import { createVisibility } from './visibility.ts';

const ALL = { read: true, write: true, admin: true, synced: TEST_NOW };

test('[scm S4] lists and feeds show nothing private to somebody whom the service refuses', async (t) => {
  const world = await createServiceWorld();
  t.after(() => world.close());
  const { db } = world;
  const bob = await world.addMember('bob');
  const connectionId = world.service.connection.id;
  for (const visibility of ['private', 'public'] as const) {
    const patch = {
      namespace: 'acme',
      name: visibility,
      uid: visibility,
      visibility,
      connectionId,
      userId: bob.id,
    };
    const repo = await insertRepo(db, aRepo(patch));
    await upsertPermission(db, { userId: bob.id, repoId: repo.id }, ALL);
    await insertBuildOf(db, repo.id);
  }
  const headers = await world.bearer(bob);
  const LISTS = ['/api/user/repos', '/api/user/repos?latest=true', '/api/user/builds', '/api/builds/search'];
  const shown = async () => {
    const answers = await Promise.all(LISTS.map((url) => world.app.inject({ method: 'GET', url, headers })));
    return answers.map(({ statusCode, body }) => [
      statusCode,
      /acme\/private/.test(body),
      /acme\/public/.test(body),
    ]);
  };
  for (const line of await shown()) assert.deepEqual(line, [200, true, true]);
  await db.updateTable('identities').set({ is_invalid: 1 }).where('user_id', '=', bob.id).execute();
  for (const line of await shown()) assert.deepEqual(line, [200, false, true]);
});

test('[scm S4] who owned a repository and lost access to it does not see it in lists any more', async (t) => {
  const world = await createServiceWorld();
  t.after(() => world.close());
  const bob = await world.addMember('bob');
  const place = { namespace: 'acme', name: 'lost', connectionId: world.service.connection.id };
  await insertRepo(world.db, aRepo({ ...place, visibility: 'private', userId: bob.id }));
  const headers = await world.bearer(bob);
  const answer = await world.app.inject({ method: 'GET', url: '/api/user/repos?latest=true', headers });
  assert.deepEqual(answer.json(), []);
});

test('a log that is being read ends for strangers when its repository turns private', async (t) => {
  const world = await createServiceWorld();
  t.after(() => world.close());
  const { db } = world;
  const repo = await insertRepo(db, aRepo({ visibility: 'public' }));
  let now = TEST_NOW;
  const identify = async () => ({ via: 'none', user: undefined }) as never;
  const canSee = createVisibility({ db, now: () => now, isPrivate: false, identify }, await identify());
  assert.equal(await canSee(repo), true);
  await updateRepo(db, repo.id, { visibility: 'private' });
  now += 11;
  assert.equal(await canSee(repo), false);
});
