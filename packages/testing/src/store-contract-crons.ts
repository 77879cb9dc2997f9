import assert from 'node:assert/strict';
import type { CronJob } from '@sortie/core/cron-job';
import {
  claimDue,
  findCron,
  findNextDue,
  insertCron,
  listCrons,
  listDueCrons,
  type NewCron,
  removeCron,
  updateCron,
} from '@sortie/server/store/crons';
import type { Db } from '@sortie/server/store/db';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import { insertRepo } from '@sortie/server/store/repos';
import { aRepo, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

function aCron(repoId: number, patch: Partial<NewCron> = {}): NewCron {
  return {
    repoId,
    name: 'nightly',
    expr: '0 0 4 * * *',
    next: TEST_NOW + 60,
    prev: 0,
    branch: 'main',
    target: '',
    isDisabled: false,
    created: TEST_NOW,
    updated: TEST_NOW,
    ...patch,
  };
}

async function addCron(db: Db, patch: Partial<NewCron> = {}): Promise<CronJob> {
  const repo = await insertRepo(db, aRepo({ name: `repo-${patch.name ?? 'nightly'}` }));
  return insertCron(db, aCron(repo.id, patch));
}

/** Jobs that start builds by time. */
export function keepingCrons(it: StoreCase): void {
  it('a cron job is kept, listed by name, changed and removed', async ({ db }) => {
    const first = await addCron(db);
    assert.deepEqual(first, { ...aCron(first.repoId), id: first.id, version: 1 });
    const second = await insertCron(db, aCron(first.repoId, { name: 'hourly' }));
    assert.deepEqual(await listCrons(db, first.repoId), [second, first]);
    assert.deepEqual(await findCron(db, first.repoId, 'hourly'), second);
    const patch = { branch: 'next', isDisabled: true, updated: TEST_NOW + 5 };
    assert.deepEqual(await updateCron(db, first.id, patch), { ...first, ...patch, version: 2 });
    assert.equal(await removeCron(db, first.id), true);
    assert.equal(await removeCron(db, first.id), false);
    assert.equal(await updateCron(db, first.id, patch), undefined);
    assert.equal(await findCron(db, first.repoId, 'nightly'), undefined);
  });

  it('a repository has a name of a cron job once', async ({ db }) => {
    const { repoId } = await addCron(db);
    await assert.rejects(insertCron(db, aCron(repoId)), isDuplicateKey);
    await addCron(db, { name: 'other' });
  });

  it('due are the enabled jobs whose time has come, the longest due first', async ({ db }) => {
    assert.equal(await findNextDue(db), undefined);
    const late = await addCron(db, { name: 'late', next: TEST_NOW });
    const early = await addCron(db, { name: 'early', next: TEST_NOW - 9 });
    await addCron(db, { name: 'coming', next: TEST_NOW + 1 });
    await addCron(db, { name: 'never', next: 0 });
    await addCron(db, { name: 'off', next: TEST_NOW - 99, isDisabled: true });
    assert.deepEqual(await listDueCrons(db, TEST_NOW, { limit: 9 }), [early, late]);
    assert.deepEqual(await listDueCrons(db, TEST_NOW, { limit: 1 }), [early]);
    assert.equal(await findNextDue(db), TEST_NOW - 9);
  });

  it('[ops C74] of two that claim the same slot one gets it', async ({ db }) => {
    const job = await addCron(db, { next: TEST_NOW - 9 });
    const claims = await Promise.all([claimDue(db, job, TEST_NOW + 60), claimDue(db, job, TEST_NOW + 60)]);
    const [claimed, ...others] = claims.filter((claim) => claim !== undefined);
    assert.deepEqual(others, []);
    assert.deepEqual(claimed, { ...job, prev: job.next, next: TEST_NOW + 60, version: 2 });
  });

  it('a job that was changed after it was seen is not claimed', async ({ db }) => {
    const job = await addCron(db, { next: TEST_NOW - 9 });
    await updateCron(db, job.id, { isDisabled: true, updated: TEST_NOW });
    assert.equal(await claimDue(db, job, TEST_NOW + 60), undefined);
  });
}
