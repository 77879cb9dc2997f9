import assert from 'node:assert/strict';
import {
  findBuild,
  findLatestBuild,
  findLatestBuildsOfRepos,
  insertBuild,
  listBuilds,
  updateBuild,
} from '@sortie/server/store/builds';
import { type Database, inTransaction } from '@sortie/server/store/db';
import { findPermission, listPermittedRepoIds, upsertPermission } from '@sortie/server/store/permissions';
import {
  findRepoById,
  findRepoBySlug,
  findRepoByUid,
  insertRepo,
  listRepos,
  listReposOfUser,
  readdressRepos,
  removeRepo,
  updateRepo,
} from '@sortie/server/store/repos';
import { insertUser } from '@sortie/server/store/users';
import { aBuildDraft, aRepo, aUser, NEW_BUILD } from './domain-builders.ts';
import { rejectsWith } from './rejects-with.ts';
import type { StoreCase } from './store-case.ts';

/** Repositories, permissions and builds. */
export function keepingBuilds(it: StoreCase): void {
  it('a repository comes back as it was stored, by id, slug and uid', async ({ db }) => {
    const repo = await insertRepo(db, aRepo({ autoCancelRunning: true, visibility: 'internal' }));
    assert.deepEqual(repo, {
      ...aRepo({ autoCancelRunning: true, visibility: 'internal' }),
      id: repo.id,
      counter: 0,
      version: 1,
    });
    assert.deepEqual(await findRepoBySlug(db, repo.slug), repo);
    assert.deepEqual(await findRepoByUid(db, repo.connectionId, repo.uid), repo);
    assert.equal(await findRepoBySlug(db, 'octocat/other'), undefined);
  });

  it('a repository change with an old version is a conflict and changes nothing', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const changed = await updateRepo(db, repo.id, { isTrusted: true }, { version: repo.version });
    assert.equal(changed?.version, 2);
    await rejectsWith('conflict', updateRepo(db, repo.id, { isTrusted: false }, { version: repo.version }));
    assert.deepEqual(await findRepoById(db, repo.id), changed);
  });

  it('repositories of the built-in host follow the address of the server', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    assert.equal(await readdressRepos(db, repo.connectionId, 'https://ci.example.com'), 1);
    const moved = await findRepoById(db, repo.id);
    assert.equal(moved?.httpUrl, `https://ci.example.com/git/${repo.slug}.git`);
    assert.equal(moved?.link, `https://ci.example.com/${repo.slug}`);
    assert.equal(await readdressRepos(db, repo.connectionId, 'https://ci.example.com'), 0);
    assert.equal(await readdressRepos(db, repo.connectionId + 1, 'https://other.example.com'), 0);
  });

  it('repositories are paged by id', async ({ db }) => {
    for (const repoName of ['a', 'b', 'c']) await insertRepo(db, aRepo({ name: repoName }));
    const first = await listRepos(db, { limit: 2 });
    const second = await listRepos(db, { after: first.at(-1)?.id, limit: 2 });
    assert.deepEqual(
      [...first, ...second].map((repo) => repo.name),
      ['a', 'b', 'c'],
    );
  });

  it('a person sees owned and permitted repositories with their newest builds', async ({ db }) => {
    const user = await insertUser(db, aUser());
    const owned = await insertRepo(db, aRepo({ name: 'owned', userId: user.id }));
    const shared = await insertRepo(db, aRepo({ name: 'shared' }));
    await insertRepo(db, aRepo({ name: 'foreign' }));
    await upsertPermission(
      db,
      { userId: user.id, repoId: shared.id },
      { read: true, write: false, admin: false, synced: 1 },
    );
    await addBuild(db, shared.id);
    const newest = await addBuild(db, shared.id);
    const listed = await listReposOfUser(db, user.id, { latest: true });
    assert.deepEqual(
      listed.map(({ repo, build }) => [repo.name, build?.number]),
      [
        ['owned', undefined],
        ['shared', newest.number],
      ],
    );
    assert.deepEqual(await listPermittedRepoIds(db, user.id), new Set([shared.id]));
    assert.deepEqual(await findPermission(db, user.id, shared.id), {
      read: true,
      write: false,
      admin: false,
    });
    assert.equal(await findPermission(db, user.id, owned.id), undefined);
  });

  it('[runner 94] builds that are created at once get every number once, and settings can still be saved', async ({
    db,
  }) => {
    const repo = await insertRepo(db, aRepo());
    const all = Array.from({ length: 50 }, () => addBuild(db, repo.id));
    const saved = updateRepo(db, repo.id, { isTrusted: true }, { version: repo.version });
    const numbers = (await Promise.all(all)).map((build) => build.number);
    assert.deepEqual(
      numbers.sort((left, right) => left - right),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.equal((await saved)?.isTrusted, true);
  });

  it('a failed build transaction gives its number back', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    await assert.rejects(
      inTransaction(db, async (tx) => {
        await insertBuild(tx, { ...aBuildDraft(), ...NEW_BUILD, repoId: repo.id });
        throw new RangeError('stop');
      }),
      RangeError,
    );
    assert.equal((await addBuild(db, repo.id)).number, 1);
  });

  it('a build comes back as it was stored; lists leave the large texts out', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const finding = {
      severity: 'warning',
      code: 'unknown-key',
      message: 'unknown key',
      file: '.drone.yml',
      line: 3,
      column: 1,
      document: 0,
      pointer: '/x',
    } as const;
    const draft = aBuildDraft({
      params: { a: '1', 'b"': 'ü' },
      findings: [finding],
      config: 'kind: pipeline',
    });
    const build = await inTransaction(db, (tx) =>
      insertBuild(tx, { ...draft, ...NEW_BUILD, repoId: repo.id }),
    );
    const given = { id: build.id, number: 1, version: 1, sequence: 0 };
    assert.deepEqual(build, { ...draft, ...NEW_BUILD, repoId: repo.id, ...given });
    assert.deepEqual(await findBuild(db, repo.id, 1), build);
    assert.deepEqual(await listBuilds(db, repo.id, { limit: 5 }), [{ ...build, config: '', findings: [] }]);
  });

  it('builds are listed newest first, by page, by number, by branch and by tag', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    for (const ref of ['refs/heads/main', 'refs/heads/dev', 'refs/heads/main', 'refs/tags/v1']) {
      await addBuild(db, repo.id, { ref });
    }
    const numbers = async (options: Parameters<typeof listBuilds>[2]) =>
      (await listBuilds(db, repo.id, options)).map((build) => build.number);
    assert.deepEqual(await numbers({ limit: 3 }), [4, 3, 2]);
    assert.deepEqual(await numbers({ limit: 3, offset: 3 }), [1]);
    assert.deepEqual(await numbers({ limit: 3, before: 3 }), [2, 1]);
    assert.deepEqual(await numbers({ limit: 3, branch: 'main', tag: 'v1' }), [3, 1]);
    assert.deepEqual(await numbers({ limit: 3, tag: 'v1' }), [4]);
    assert.equal((await findLatestBuild(db, repo.id, 'refs/heads/main'))?.number, 3);
    assert.equal((await findLatestBuildsOfRepos(db, [repo.id, 999])).get(repo.id)?.number, 4);
  });

  it('a build change with an old version is a conflict', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const build = await addBuild(db, repo.id);
    const change = () =>
      inTransaction(db, (tx) => updateBuild(tx, build.id, { status: 'running' }, { version: build.version }));
    assert.equal((await change()).version, 2);
    await rejectsWith('conflict', change());
  });

  it('removing a repository removes its builds', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    await addBuild(db, repo.id);
    assert.equal(await removeRepo(db, repo.id), true);
    assert.equal(await findBuild(db, repo.id, 1), undefined);
    assert.equal(await removeRepo(db, repo.id), false);
  });
}

async function addBuild(db: Database['db'], repoId: number, patch: Parameters<typeof aBuildDraft>[0] = {}) {
  return inTransaction(db, (tx) => insertBuild(tx, { ...aBuildDraft(patch), ...NEW_BUILD, repoId }));
}
