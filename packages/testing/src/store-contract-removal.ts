import assert from 'node:assert/strict';
import type { Build } from '@sortie/core/build';
import { listIndexedBuilds, removeIndexEntry, upsertIndexEntry } from '@sortie/server/store/branch-index';
import {
  isStageHeld,
  listBuildsBefore,
  listBuildsEndedBefore,
  listStepIdsOfAttempts,
  removeBuilds,
  removeLogRecords,
} from '@sortie/server/store/build-removal';
import { findCard, removeCard, upsertCard } from '@sortie/server/store/cards';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { claimStage } from '@sortie/server/store/leases';
import { findLog, insertLog } from '@sortie/server/store/logs';
import { insertRepo } from '@sortie/server/store/repos';
import { listStages } from '@sortie/server/store/stages';
import { findStepById, insertSteps } from '@sortie/server/store/steps';
import { aRepo, aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import { aStep } from './queue-world.ts';
import type { StoreCase } from './store-case.ts';
import { addBuild } from './store-contract-feeds.ts';

/** What a purge removes, and cards. */
export function keepingRemovals(it: StoreCase): void {
  it('[W 40] builds that ended before a time are listed, without the newest and without those that are held', async ({
    db,
  }) => {
    const repo = await insertRepo(db, aRepo());
    const builds = [];
    for (let count = 0; count < 4; count += 1) builds.push(await addBuild(db, repo, [aStageDraft()]));
    const [old, held] = builds;
    await inTransaction(db, (tx) => claimStage(tx, aRunner(), { nowMs: 1, expiresMs: 2 }));
    await db.updateTable('stages').set({ status: 'killed' }).execute();
    await db.updateTable('builds').set({ status: 'killed', finished: 10 }).execute();
    await db.updateTable('builds').set({ finished: 20 }).where('number', '=', 3).execute();
    await db
      .updateTable('stages')
      .set({ build_id: held?.id ?? 0, number: 9 })
      .where('lease_runner', '<>', '')
      .execute();
    const ids = async (before: number, limit = 10) =>
      (await listBuildsEndedBefore(db, before, limit)).map(({ id }) => id);
    assert.deepEqual(await ids(10), []);
    assert.deepEqual(await ids(20), [old?.id]);
    assert.deepEqual(await ids(21), [old?.id, builds[2]?.id]);
    assert.deepEqual(await ids(21, 1), [old?.id]);
  });

  it('[ledger 23] a removed build takes stages, steps, logs, cards and listing entries along', async ({
    db,
  }) => {
    const repo = await insertRepo(db, aRepo());
    const old = await addBuild(db, repo, [aStageDraft()]);
    const kept = await addBuild(db, repo, [aStageDraft()]);
    for (const build of [old, kept]) {
      const stepId = await addStep(db, build);
      await insertLog(db, { stepId, fileKey: `${repo.id}/${build.id}/${stepId}` });
      await inTransaction(db, async (tx) => {
        await upsertCard(tx, { stepId, schema: 's', data: '1' });
        const key = `branch-${build.number}`;
        await upsertIndexEntry(tx, { repoId: repo.id, kind: 'branch', key, buildId: build.id });
      });
    }
    await inTransaction(db, (tx) => removeBuilds(tx, [old.id]));
    for (const table of ['builds', 'stages', 'steps', 'logs', 'cards', 'branch_index'] as const) {
      assert.equal((await db.selectFrom(table).selectAll().execute()).length, 1, table);
    }
    assert.deepEqual(
      (await listIndexedBuilds(db, repo.id, 'branch')).map(({ id }) => id),
      [kept.id],
    );
    const entry = { repoId: repo.id, kind: 'branch', key: 'branch-2' } as const;
    assert.equal(await removeIndexEntry(db, entry), true);
    assert.equal(await removeIndexEntry(db, entry), false);
    await inTransaction(db, (tx) => removeBuilds(tx, []));
    assert.equal((await addBuild(db, repo)).number, 3);
  });

  it('builds below a number are listed oldest first, and which of them still go on', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const done = aStageDraft({ status: 'success' });
    const finished = await addBuild(db, repo, [done], 'success');
    const pending = await addBuild(db, repo, [aStageDraft()]);
    const halfDone = await addBuild(
      db,
      repo,
      [done, aStageDraft({ number: 2, status: 'blocked' })],
      'declined',
    );
    await addBuild(db, repo, [done], 'success');
    const held = await addBuild(db, repo, [aStageDraft()], 'killed');
    const lease = { nowMs: TEST_NOW * 1000, expiresMs: TEST_NOW * 1000 + 1 };
    await inTransaction(db, (tx) => claimStage(tx, aRunner(), lease));
    await db.updateTable('stages').set({ status: 'killed' }).where('build_id', '=', held.id).execute();
    await db
      .updateTable('stages')
      .set({ lease_runner: 'runner-1' })
      .where('build_id', '=', held.id)
      .execute();
    const open = async (page: Parameters<typeof listBuildsBefore>[2]) =>
      (await listBuildsBefore(db, repo.id, page)).map(({ id, isOpen }) => [id, isOpen]);
    assert.deepEqual(await open({ before: 4, limit: 10 }), [
      [finished.id, false],
      [pending.id, true],
      [halfDone.id, true],
    ]);
    assert.deepEqual((await open({ before: 99, limit: 10 })).at(-1), [held.id, true]);
    assert.deepEqual(await open({ before: 4, limit: 1 }), [[finished.id, false]]);
    assert.deepEqual(await open({ before: 1, limit: 10 }), []);
    const [stage] = await listStages(db, held.id);
    const [free] = await listStages(db, finished.id);
    assert.equal(await isStageHeld(db, stage?.id ?? 0), true);
    assert.equal(await isStageHeld(db, free?.id ?? 0), false);
  });

  it('the steps of all attempts are found by number, and their logs forgotten', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const build = await addBuild(db, repo, [aStageDraft()]);
    const [stage] = await listStages(db, build.id);
    assert.ok(stage);
    const ids = await inTransaction(db, async (tx) => [
      ...(await insertSteps(tx, stage, [aStep(), aStep({ number: 2 })])),
      ...(await insertSteps(tx, { ...stage, attempt: 2 }, [aStep()])),
    ]);
    const found = await listStepIdsOfAttempts(db, stage.id, 1);
    assert.deepEqual(found, [ids[0]?.id, ids[2]?.id]);
    for (const { id } of ids) await insertLog(db, { stepId: id, fileKey: String(id) });
    await removeLogRecords(db, found);
    await removeLogRecords(db, []);
    const left = await Promise.all(ids.map(({ id }) => findLog(db, id)));
    assert.deepEqual(
      left.map((log) => log?.stepId),
      [undefined, ids[1]?.id, undefined],
    );
  });

  it('[ledger 14] a card is replaced, shows its schema in the step, and can be removed', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const stepId = await addStep(db, await addBuild(db, repo, [aStageDraft()]));
    const write = (schema: string, data: string) =>
      inTransaction(db, (tx) => upsertCard(tx, { stepId, schema, data }));
    assert.equal(await write('first', '{}'), true);
    assert.equal(await write('second', '[1]'), true);
    assert.equal(await findCard(db, stepId), '[1]');
    assert.equal((await findStepById(db, stepId))?.schema, 'second');
    assert.equal(await inTransaction(db, (tx) => removeCard(tx, stepId)), true);
    assert.equal(await findCard(db, stepId), undefined);
    assert.equal((await findStepById(db, stepId))?.schema, '');
    assert.equal(await inTransaction(db, (tx) => removeCard(tx, stepId)), false);
    const gone = inTransaction(db, (tx) => upsertCard(tx, { stepId: stepId + 1, schema: '', data: '1' }));
    assert.equal(await gone, false);
  });
}

/** Id of the only step of the first stage. */
async function addStep(db: Db, build: Build): Promise<number> {
  const [stage] = await listStages(db, build.id);
  assert.ok(stage);
  const [step] = await inTransaction(db, (tx) => insertSteps(tx, stage, [aStep()]));
  return step?.id ?? 0;
}
