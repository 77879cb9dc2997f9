import assert from 'node:assert/strict';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { insertBuild, type NewBuild } from '@sortie/server/store/builds';
import { type Db, inTransaction } from '@sortie/server/store/db';
import {
  findLatestPush,
  findNewestBuildId,
  listNewestBuilds,
  listQueuedBuilds,
} from '@sortie/server/store/feed';
import { insertRepo } from '@sortie/server/store/repos';
import { aBuildDraft, aRepo, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

function addBuild(db: Db, repo: Repo, patch: Partial<NewBuild> = {}): Promise<Build> {
  const times = { started: 0, finished: 0, created: TEST_NOW, updated: TEST_NOW, enqueued: TEST_NOW };
  const state = { status: 'pending', error: '', isCancelling: false, ...times } as const;
  return inTransaction(db, (tx) =>
    insertBuild(tx, { ...aBuildDraft(), ...state, repoId: repo.id, ...patch }),
  );
}

/** What the 0.5 API asks. */
export function keepingLegacyFeeds(it: StoreCase): void {
  it('the newest builds of some repositories come first, whichever they are of', async ({ db }) => {
    const one = await insertRepo(db, aRepo({ name: 'one' }));
    const two = await insertRepo(db, aRepo({ name: 'two' }));
    const other = await insertRepo(db, aRepo({ name: 'other' }));
    const builds = [await addBuild(db, one), await addBuild(db, two), await addBuild(db, one)];
    await addBuild(db, other);
    const listed = await listNewestBuilds(db, [one.id, two.id], 2);
    assert.deepEqual(
      listed.map(({ id }) => id),
      [builds[2]?.id, builds[1]?.id],
    );
    assert.deepEqual(await listNewestBuilds(db, [], 2), []);
  });

  it('the queue is what is pending or running, with its repository', async ({ db }) => {
    assert.equal(await findNewestBuildId(db), 0);
    const repo = await insertRepo(db, aRepo());
    await addBuild(db, repo, { status: 'success' });
    const running = await addBuild(db, repo, { status: 'running' });
    const pending = await addBuild(db, repo);
    assert.equal(await findNewestBuildId(db), pending.id);
    const queued = await listQueuedBuilds(db);
    assert.deepEqual(
      queued.map((item) => [item.repo.slug, item.build.id]),
      [running, pending].map(({ id }) => [repo.slug, id]),
    );
  });

  it('the latest push to a branch is no other event and no other branch', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const push = await addBuild(db, repo);
    await addBuild(db, repo, { event: 'cron' });
    await addBuild(db, repo, { ref: 'refs/heads/other' });
    assert.equal((await findLatestPush(db, repo.id, 'main'))?.id, push.id);
    assert.equal(await findLatestPush(db, repo.id, 'none'), undefined);
  });
}
