import assert from 'node:assert/strict';
import { countActiveRepos, ensureConnection } from '@sortie/server/store/connections';
import { readDatabaseFacts } from '@sortie/server/store/database-facts';
import type { Db } from '@sortie/server/store/db';
import { hasMovedAway, insertDelivery } from '@sortie/server/store/deliveries';
import {
  isRefBuilt,
  listGitRefs,
  moveGitRef,
  noteDeliveredRef,
  replaceGitRefs,
} from '@sortie/server/store/git-refs';
import { findHookedRepo } from '@sortie/server/store/hook-repos';
import {
  beginHealth,
  claimComparison,
  claimHookCheck,
  findRepoHealth,
  listDueComparisons,
  noteDelivery,
  noteHook,
  noteReconciled,
  noteSigning,
  UNKNOWN_HEALTH,
} from '@sortie/server/store/repo-health';
import {
  findRepoKeys,
  forgetPreviousSigner,
  listEndedRotations,
  replaceRepoSigner,
} from '@sortie/server/store/repo-keys';
import { insertRepo, listActiveRepos } from '@sortie/server/store/repos';
import { aRepo, TEST_NOW } from './domain-builders.ts';
import { rejectsWith } from './rejects-with.ts';
import type { StoreCase } from './store-case.ts';

async function addRepo(db: Db, name: string, patch: Parameters<typeof aRepo>[0] = {}): Promise<number> {
  return (await insertRepo(db, aRepo({ namespace: 'acme', name, uid: name, ...patch }))).id;
}

/** Health of repositories, what reconciliation compares with, and rotations of webhook secrets. */
export function keepingHealth(it: StoreCase): void {
  it('health begins unknown, and each thing is noted without touching the others', async ({ db }) => {
    const id = await addRepo(db, 'one');
    assert.deepEqual(await findRepoHealth(db, id), UNKNOWN_HEALTH);
    await noteDelivery(db, id, 50);
    await noteHook(db, id, { hookState: 'present', hookId: '7', hookInstalled: 40, hookChecked: 40 });
    const missed = [{ ref: 'refs/heads/main', before: 'a', after: 'b', since: 60 }];
    await noteReconciled(db, id, { now: 60, missed });
    await noteHook(db, id, { hookMessage: 'no' });
    const expected = { hookState: 'present', hookMessage: 'no', hookId: '7', hookInstalled: 40 };
    const rest = { hookChecked: 40, lastDelivery: 50, reconciled: 60, missed };
    assert.deepEqual(await findRepoHealth(db, id), { ...expected, ...rest });
  });

  it('the last delivery only moves forward, until the repository is activated anew', async ({ db }) => {
    const id = await addRepo(db, 'one');
    for (const now of [50, 70, 60]) await noteDelivery(db, id, now);
    assert.equal((await findRepoHealth(db, id)).lastDelivery, 70);
    await noteReconciled(db, id, { now: 80, missed: [{ ref: 'r', before: '', after: 'a', since: 80 }] });
    await beginHealth(db, id);
    assert.deepEqual(await findRepoHealth(db, id), UNKNOWN_HEALTH);
  });

  it('a hook is known to sign until it is installed anew', async ({ db }) => {
    const id = await addRepo(db, 'one', { connectionId: 1 });
    const isSigning = async () => (await findHookedRepo(db, 1, 'one'))?.isSigning;
    assert.equal(await isSigning(), false);
    await noteSigning(db, id);
    await noteHook(db, id, { hookState: 'present', hookChecked: 9 });
    assert.deepEqual([await isSigning(), (await findHookedRepo(db, 1, 'one'))?.repo.id], [true, id]);
    await noteHook(db, id, { hookInstalled: 10 });
    assert.equal(await isSigning(), false);
  });

  it('of many who want to look at a hook one does', async ({ db }) => {
    const id = await addRepo(db, 'one');
    const claim = (now: number) => claimHookCheck(db, id, { now, before: now - 10 });
    assert.deepEqual([await claim(100), await claim(105), await claim(111)], [true, false, true]);
  });

  it('comparisons are due for active repositories of Git services, and one server takes each', async ({
    db,
  }) => {
    const gogs = await ensureConnection(db, { kind: 'gogs', name: 'gogs', url: 'http://gogs.test/' });
    const connectionId = gogs.id;
    const first = await addRepo(db, 'one', { connectionId });
    const second = await addRepo(db, 'two', { connectionId });
    await addRepo(db, 'off', { connectionId, isActive: false });
    await addRepo(db, 'hosted', { connectionId: 1 });
    const due = async (now: number) =>
      (await listDueComparisons(db, { now, builtinConnectionId: 1, limit: 10 })).map(({ repoId }) => repoId);
    assert.deepEqual((await due(100)).sort(), [first, second]);
    assert.equal(await claimComparison(db, first, { due: 0, next: 160 }), true);
    assert.equal(await claimComparison(db, first, { due: 0, next: 160 }), false);
    assert.deepEqual(await due(100), [second]);
    assert.deepEqual((await due(160)).sort(), [first, second]);
    const active = await listActiveRepos(db, { exceptConnectionId: 1, limit: 10 });
    assert.deepEqual(
      active.map(({ name }) => name),
      ['one', 'two'],
    );
    assert.deepEqual([...(await countActiveRepos(db))].sort(), [
      [1, 1],
      [connectionId, 2],
    ]);
  });

  it('refs are noted by deliveries, moved by whoever is first, and replaced as a whole', async ({ db }) => {
    const id = await addRepo(db, 'one');
    await noteDeliveredRef(db, id, { ref: 'refs/heads/main', after: 'a' });
    await noteDeliveredRef(db, id, { ref: 'refs/pull/1/head', after: 'a' });
    const move = (ref: string, from: string, to: string) => moveGitRef(db, id, { ref, from, to });
    assert.equal(await move('refs/heads/main', 'a', 'b'), true);
    assert.equal(await move('refs/heads/main', 'a', 'c'), false);
    assert.equal(await move('refs/heads/new', '', 'd'), true);
    assert.equal(await move('refs/heads/new', '', 'e'), false);
    assert.deepEqual([...(await listGitRefs(db, id))].sort(), [
      ['refs/heads/main', 'b'],
      ['refs/heads/new', 'd'],
    ]);
    await noteDeliveredRef(db, id, { ref: 'refs/heads/new', after: '0'.repeat(40) });
    assert.deepEqual([...(await listGitRefs(db, id)).keys()], ['refs/heads/main']);
    const many = Array.from({ length: 1_500 }, (_, at) => [`refs/tags/v${at}`, String(at)] as const);
    await replaceGitRefs(db, id, new Map(many));
    assert.equal((await listGitRefs(db, id)).size, 1_500);
    assert.equal(await isRefBuilt(db, id, { ref: 'refs/tags/v1', sha: '1' }), false);
  });

  it('the secret of webhooks is replaced once, and the one before ends with its time', async ({ db }) => {
    const id = await addRepo(db, 'one');
    const change = { from: '', signer: 'new', previous: 'old', expires: 100 };
    await replaceRepoSigner(db, id, change);
    await rejectsWith('conflict', replaceRepoSigner(db, id, change));
    assert.equal((await findRepoKeys(db, id))?.signer, 'new');
    assert.deepEqual(await listEndedRotations(db, 99, 10), []);
    assert.deepEqual(await listEndedRotations(db, 100, 10), [{ repoId: id, expires: 100 }]);
    await forgetPreviousSigner(db, id, { now: 100, keepsDate: true });
    assert.deepEqual(await listEndedRotations(db, 100, 10), [{ repoId: id, expires: 100 }]);
    await forgetPreviousSigner(db, id, { now: 100, keepsDate: false });
    assert.deepEqual(await listEndedRotations(db, 100, 10), []);
  });

  it('a later delivery tells whether a ref has left a commit', async ({ db }) => {
    const repoId = await addRepo(db, 'one');
    const insert = (key: string, before: string, after: string) =>
      insertDelivery(db, {
        ...{ repoId, key, before, after, event: 'push', ref: 'refs/heads/main' },
        ...{ sender: 'ada', payload: '', created: TEST_NOW },
      });
    const first = await insert('one', 'a', 'b');
    assert.equal(await hasMovedAway(db, first), false);
    await insert('again', 'b', 'b');
    assert.equal(await hasMovedAway(db, first), false);
    await insert('two', 'b', 'c');
    assert.equal(await hasMovedAway(db, first), true);
  });

  it('the database says what it is and how far its tables are', async ({ db, dialect }) => {
    const { product, migration, latest, newestBuild, clockMs } = await readDatabaseFacts(db, dialect);
    assert.match(product, dialect === 'sqlite' ? /^SQLite 3\./ : /^PostgreSQL \d+/);
    assert.deepEqual([migration, newestBuild, clockMs === undefined], [latest, 0, dialect === 'sqlite']);
  });
}
