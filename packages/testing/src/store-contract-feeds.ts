import assert from 'node:assert/strict';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import {
  listIncompleteBuilds,
  listIncompleteStages,
  listRecentBuilds,
} from '@sortie/server/store/build-feeds';
import { insertBuild } from '@sortie/server/store/builds';
import { findConnectionById, listConnections } from '@sortie/server/store/connections';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { upsertPermission } from '@sortie/server/store/permissions';
import { insertRepo } from '@sortie/server/store/repos';
import { insertStages, type StageDraft } from '@sortie/server/store/stages';
import { readStoreCounts } from '@sortie/server/store/stats';
import { insertUser } from '@sortie/server/store/users';
import { aBuildDraft, aRepo, aStageDraft, aUser, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const READ = { read: true, write: false, admin: false, synced: 0 };

/** Listings over many repositories, and statistics. */
export function keepingFeeds(it: StoreCase): void {
  it('recent builds come from readable repositories only, newest first, as many as asked for', async ({
    db,
  }) => {
    const user = await insertUser(db, aUser());
    const repos: Repo[] = [];
    for (const name of ['a', 'b', 'c', 'hidden', 'empty']) {
      const repo = await insertRepo(db, aRepo({ name }));
      const permission = { ...READ, read: name !== 'hidden' };
      await upsertPermission(db, { userId: user.id, repoId: repo.id }, permission);
      repos.push(repo);
    }
    const foreign = await insertRepo(db, aRepo({ name: 'foreign' }));
    const [a, b, c, hidden] = repos;
    assert.ok(a && b && c && hidden);
    for (const repo of [a, b, b, c, hidden, a, foreign, b, a]) await addBuild(db, repo);
    const seen = async (options: Parameters<typeof listRecentBuilds>[2]) =>
      (await listRecentBuilds(db, user.id, options)).map(({ repo, build }) => `${repo.name}${build.number}`);
    assert.deepEqual(await seen({ limit: 25 }), ['a3', 'b3', 'a2', 'c1', 'b2', 'b1', 'a1']);
    assert.deepEqual(await seen({ limit: 2 }), ['a3', 'b3']);
    assert.deepEqual(await seen({ limit: 3, repoIds: [b.id, hidden.id] }), ['b3', 'b2', 'b1']);
    assert.deepEqual(await listRecentBuilds(db, user.id + 1, { limit: 25 }), []);
  });

  it('incomplete builds have a pending or running stage, each counts once', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const first = await addBuild(db, repo, [aStageDraft(), aStageDraft({ number: 2, limit: 4 })]);
    await addBuild(db, repo, [
      aStageDraft({ status: 'blocked' }),
      aStageDraft({ number: 2, status: 'success' }),
    ]);
    const last = await addBuild(db, repo, [
      aStageDraft({ status: 'running' }),
      aStageDraft({ number: 2, dependsOn: ['default'] }),
    ]);
    const builds = await listIncompleteBuilds(db, 50);
    assert.deepEqual(
      builds.map((entry) => [entry.repo.slug, entry.build.id, entry.build.config]),
      [
        [repo.slug, last.id, ''],
        [repo.slug, first.id, ''],
      ],
    );
    assert.equal((await listIncompleteBuilds(db, 1))[0]?.build.id, last.id);
    const stages = await listIncompleteStages(db);
    assert.deepEqual(
      stages.map(({ repo: { id }, build, stage }) => [id, build.number, stage.number, stage.limit]),
      [
        [repo.id, 3, 1, 0],
        [repo.id, 1, 1, 0],
        [repo.id, 1, 2, 4],
      ],
    );
  });

  it('the statistics count builds once however many open stages they have', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    await insertRepo(db, aRepo({ name: 'off', isActive: false }));
    await insertUser(db, aUser({ isActive: false }));
    await addBuild(db, repo, [
      aStageDraft(),
      aStageDraft({ number: 2 }),
      aStageDraft({ number: 3, status: 'running' }),
    ]);
    await addBuild(db, repo, [aStageDraft({ status: 'success' })]);
    const arm = { os: 'linux', arch: 'arm', variant: 'v7', version: '' };
    await addBuild(db, repo, [aStageDraft({ platform: arm })]);
    const { platforms, ...counts } = await readStoreCounts(db);
    const expected = { users: 1, activeRepos: 1, builds: 3, pendingBuilds: 2, runningBuilds: 1 };
    assert.deepEqual(counts, expected);
    assert.deepEqual(platforms.map((row) => `${row.arch} ${row.status} ${row.stages}`).sort(), [
      'amd64 pending 2',
      'amd64 running 1',
      'arm pending 1',
    ]);
  });

  it('connections are found by id, the built-in one first', async ({ db }) => {
    const added = { kind: 'gogs', name: 'work', url: 'https://git.example.com' } as const;
    await db.insertInto('connections').values(added).execute();
    const all = await listConnections(db);
    assert.deepEqual(
      all.map(({ kind, url }) => [kind, url]),
      [
        ['builtin', ''],
        ['gogs', added.url],
      ],
    );
    assert.deepEqual(await findConnectionById(db, all[1]?.id ?? 0), all[1]);
    assert.equal(await findConnectionById(db, 999), undefined);
  });
}

/** A build with these stages, as it is stored. */
export async function addBuild(
  db: Db,
  repo: Repo,
  stages: readonly StageDraft[] = [],
  status: Build['status'] = 'pending',
): Promise<Build> {
  const times = { started: 0, finished: 0, created: TEST_NOW, updated: TEST_NOW, enqueued: TEST_NOW };
  return inTransaction(db, async (tx) => {
    const draft = { ...aBuildDraft(), ...times, repoId: repo.id, status, error: '', isCancelling: false };
    const build = await insertBuild(tx, draft);
    await insertStages(tx, build, stages);
    return build;
  });
}
