import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRepo, TEST_KEY, TEST_NOW } from '@sortie/testing/domain-builders';
import { createSealer } from '../seal/sealer.ts';
import { type Db, inTransaction } from '../store/db.ts';
import { isOfNamespace, keepLeftNamespace } from '../store/repo-lookups.ts';
import { insertRepo, removeRepo } from '../store/repos.ts';
import { removeSecret } from '../store/secrets.ts';
import { createSecret } from './set-secret.ts';
import { changeTemplate, createTemplate } from './set-template.ts';
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

const now = () => TEST_NOW;

function addSecret(db: Db, name = 'token') {
  const draft = { name, value: 'x', allowsPullRequests: false, allowsPullRequestPushes: false };
  return createSecret({ db, now, sealer: createSealer([TEST_KEY]) }, { namespace: 'acme' }, draft);
}

/** `acme/app` of a Gogs, and a Gitea where somebody makes an organisation of that name later. */
async function openTwo(t: Parameters<typeof setup>[0]) {
  const world = await setup(t, [found('a', { namespace: 'acme' })]);
  await world.sync();
  const { id: elsewhere } = await world.db
    .insertInto('connections')
    .values({ kind: 'gitea', name: 'gitea' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const taken = { namespace: 'acme', connectionId: elsewhere };
  const take = () => insertRepo(world.db, aRepo({ ...taken, uid: '1', name: 'taken' }));
  return { ...world, taken, take };
}

for (const what of ['secret', 'template', 'template that was moved there'] as const) {
  test(`[scm X31] a name that has become free with all its repositories does not hand its ${what} to another service`, async (t) => {
    const { db, connectionId, repoAt, taken, take } = await openTwo(t);
    if (what === 'secret') await addSecret(db);
    else {
      const namespace = what === 'template' ? 'acme' : 'other';
      await createTemplate({ db, now }, { namespace, name: 'a.yml', data: 'kind: pipeline' });
      if (namespace === 'other')
        await changeTemplate({ db, now }, { namespace, name: 'a.yml' }, { namespace: 'acme' });
    }
    await removeRepo(db, (await repoAt('acme/a')).id);
    await take();
    assert.equal(await isOfNamespace(db, taken), false);
    assert.equal(await isOfNamespace(db, { namespace: 'Acme', connectionId }), true);
  });
}

test('[scm X31] an organisation that is renamed leaves its old name to nobody', async (t) => {
  const { db, shown, sync, taken, take } = await openTwo(t);
  await addSecret(db);
  // As of an earlier release, which noted nothing.
  await db.deleteFrom('meta').where('key', 'like', 'namespace-holder:%').execute();
  shown.splice(0, 1, found('a', { namespace: 'renamed' }));
  await sync();
  await take();
  assert.equal(await isOfNamespace(db, taken), false);
});

test('a name that nothing belongs to is free for whoever comes next', async (t) => {
  const { db, repoAt, taken, take } = await openTwo(t);
  await inTransaction(db, (tx) => keepLeftNamespace(tx, 'acme'));
  await removeRepo(db, (await repoAt('acme/a')).id);
  await take();
  assert.equal(await isOfNamespace(db, taken), true);
});

test('whoever takes all secrets of a left name away and makes them anew gives them to those who are there now', async (t) => {
  const { db, connectionId, repoAt, taken, take } = await openTwo(t);
  await addSecret(db);
  await removeRepo(db, (await repoAt('acme/a')).id);
  await take();
  await addSecret(db, 'second');
  assert.equal(await isOfNamespace(db, taken), false, 'one more changes nothing');
  for (const name of ['token', 'second']) await removeSecret(db, { namespace: 'acme', name });
  assert.equal(await isOfNamespace(db, taken), false);
  await addSecret(db);
  assert.equal(await isOfNamespace(db, taken), true);
  assert.equal(await isOfNamespace(db, { namespace: 'acme', connectionId }), false);
});
