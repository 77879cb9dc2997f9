import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo } from '@sortie/testing/domain-builders';
import { isOfNamespace } from '../store/repo-lookups.ts';
import { insertRepo } from '../store/repos.ts';
import { found, setup } from './sync-world.fixture.ts';

test('[scm X31] an organisation that is renamed to that of another Git service gets nothing that belongs to it', async (t) => {
  const { db, connectionId, sync, shown, slugs } = await setup(t, [found('a', { namespace: 'evil' })]);
  // The older repository is that of the stranger.
  await sync();
  const { id: theirs } = await db
    .insertInto('connections')
    .values({ kind: 'gitea', name: 'gitea' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const victim = await insertRepo(
    db,
    aRepo({ connectionId: theirs, uid: '1', namespace: 'acme', name: 'app' }),
  );
  assert.equal(await isOfNamespace(db, victim), true);
  shown.splice(0, 1, found('a', { namespace: 'acme' }));
  await sync();
  assert.deepEqual(await slugs(), ['acme/a', 'acme/app']);
  assert.equal(await isOfNamespace(db, victim), true);
  assert.equal(await isOfNamespace(db, { namespace: 'acme', connectionId }), false);
});
