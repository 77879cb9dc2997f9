import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuildDraft, aRepo, aStageDraft, TEST_NOW } from '@sortie/testing/domain-builders';
import { type IndexKind, listIndexedBuilds } from '../store/branch-index.ts';
import { findBuild } from '../store/builds.ts';
import { type Database, openDatabase } from '../store/db.ts';
import { listEventsAfter } from '../store/events.ts';
import { listDueIntents } from '../store/outbox.ts';
import { insertRepo } from '../store/repos.ts';
import { listStages } from '../store/stages.ts';
import { createBuild } from './create-build.ts';

function it(
  title: string,
  body: (database: Database, deps: Parameters<typeof createBuild>[0]) => Promise<void>,
) {
  test(title, async () => {
    const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    const quiet = { events: { publish: () => undefined }, wake: () => undefined };
    try {
      await body(database, { db: database.db, ...quiet, now: () => TEST_NOW });
    } finally {
      await database.close();
    }
  });
}

it('[ledger 28] a build and its stages appear together and everybody is told after that', async ({
  db,
}, deps) => {
  const repo = await insertRepo(db, aRepo());
  const told: string[] = [];
  const events = { publish: () => told.push('events') };
  const wake = () => told.push('queue');
  const stages = [aStageDraft(), aStageDraft({ number: 2, dependsOn: ['default'] })];
  const build = await createBuild({ ...deps, events, wake }, { repo, draft: aBuildDraft(), stages });
  assert.deepEqual([build.status, build.created, build.started], ['pending', TEST_NOW, 0]);
  assert.deepEqual(
    (await listStages(db, build.id)).map((stage) => stage.status),
    ['pending', 'waiting_on_dependencies'],
  );
  assert.deepEqual(
    (await listEventsAfter(db, 0, 9)).map((event) => event.change),
    ['created'],
  );
  assert.deepEqual(
    (await listDueIntents(db, TEST_NOW, 9)).map((intent) => intent.kind),
    ['status', 'webhook'],
  );
  assert.deepEqual(told, ['events', 'queue']);
});

it('a build with a broken configuration is an error at birth', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  const build = await createBuild(deps, {
    repo,
    draft: aBuildDraft(),
    stages: { error: 'line 3: no such key' },
  });
  const { status, error, started, finished } = build;
  assert.deepEqual([status, error, started, finished], ['error', 'line 3: no such key', TEST_NOW, TEST_NOW]);
  assert.deepEqual(await listStages(db, build.id), []);
});

it('what must exist together with the build fails together with it', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  const within = () => Promise.reject(new RangeError('stop'));
  await assert.rejects(createBuild(deps, { repo, draft: aBuildDraft(), stages: [], within }), RangeError);
  assert.equal(await findBuild(db, repo.id, 1), undefined);
});

it('cron builds have no commit status', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  await createBuild(deps, { repo, draft: aBuildDraft({ event: 'cron', cron: 'nightly' }), stages: [] });
  assert.deepEqual(
    (await listDueIntents(db, TEST_NOW, 9)).map((intent) => intent.kind),
    ['webhook'],
  );
});

it('what a commit says of its author is cut too', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  const author = { authorName: 'n'.repeat(900_000), authorEmail: 'e'.repeat(900_000) };
  const build = await createBuild(deps, { repo, draft: aBuildDraft(author), stages: [aStageDraft()] });
  assert.deepEqual([build.authorName.length, build.authorEmail.length], [2_000, 2_000]);
});

it('long titles and messages are cut between characters', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  const draft = aBuildDraft({ message: '😀'.repeat(2_001), title: 't'.repeat(2_001) });
  const build = await createBuild(deps, { repo, draft, stages: [] });
  assert.equal(build.message, '😀'.repeat(2_000));
  assert.equal(build.title.length, 2_000);
});

it('the listings show the build created last for each key', async ({ db }, deps) => {
  const repo = await insertRepo(db, aRepo());
  const add = (patch: Parameters<typeof aBuildDraft>[0]) =>
    createBuild(deps, { repo, draft: aBuildDraft(patch), stages: [] });
  await add({});
  await add({});
  await add({ event: 'pull_request', ref: 'refs/pull/17/head' });
  await add({ event: 'promote', deployTo: 'production' });
  await add({ event: 'tag', ref: 'refs/tags/v1' });
  const numbers = async (kind: IndexKind) =>
    (await listIndexedBuilds(db, repo.id, kind)).map((build) => build.number);
  assert.deepEqual(
    [await numbers('branch'), await numbers('pull'), await numbers('deployment')],
    [[2], [3], [4]],
  );
});
