import assert from 'node:assert/strict';
import { inTransaction } from '@sortie/server/store/db';
import {
  findDeliveryByKey,
  finishDelivery,
  insertDelivery,
  listDeliveries,
  listUnfinishedDeliveries,
} from '@sortie/server/store/deliveries';
import { isDuplicateKey } from '@sortie/server/store/driver-errors';
import { appendEvent, lastSeq, listEventsAfter, removeEventsBefore } from '@sortie/server/store/events';
import { listGitRefs, removeGitRef, upsertGitRef } from '@sortie/server/store/git-refs';
import { ensureMeta, readMeta, writeMeta } from '@sortie/server/store/meta';
import { insertRepo } from '@sortie/server/store/repos';
import { findUserByLogin } from '@sortie/server/store/users';
import { aRepo, TEST_NOW } from './domain-builders.ts';
import { rejectsWith } from './rejects-with.ts';
import type { StoreCase } from './store-case.ts';

/** Deliveries, events, facts and refs; and a database that is gone. */
export function keepingRecords(it: StoreCase): void {
  it('a delivery is stored once per key and listed until it is finished', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const delivery = {
      repoId: repo.id,
      event: 'push',
      key: 'k1',
      ref: 'refs/heads/main',
      before: '',
      after: 'a'.repeat(40),
      sender: 'octocat',
      payload: '{}',
      created: TEST_NOW,
    };
    const stored = await insertDelivery(db, delivery);
    await assert.rejects(insertDelivery(db, delivery), isDuplicateKey);
    assert.deepEqual(await listUnfinishedDeliveries(db, repo.id), [stored]);
    const outcome = {
      verdict: 'skipped',
      reason: 'skip-directive',
      message: 'x',
      buildId: 0,
      finished: 5,
    } as const;
    await finishDelivery(db, stored.id, outcome);
    assert.deepEqual(await findDeliveryByKey(db, repo.id, 'k1'), { ...stored, ...outcome });
    assert.deepEqual(await listUnfinishedDeliveries(db, repo.id), []);
    assert.equal((await listDeliveries(db, repo.id)).length, 1);
  });

  it('events are read in order after a position, also when they are written at once', async ({ db }) => {
    const add = () =>
      inTransaction(db, (tx) =>
        appendEvent(tx, { repoId: 1, buildId: 2, change: 'updated', created: TEST_NOW }),
      );
    const written = await Promise.all(Array.from({ length: 20 }, add));
    const read = await listEventsAfter(db, 0, 100);
    assert.deepEqual(
      read.map((event) => event.seq),
      written.sort((left, right) => left - right),
    );
    assert.equal((await listEventsAfter(db, read[4]?.seq ?? 0, 3)).at(0)?.seq, read[5]?.seq);
    await removeEventsBefore(db, TEST_NOW + 1);
    assert.deepEqual(
      (await listEventsAfter(db, 0, 100)).map((event) => event.seq),
      [await lastSeq(db)],
    );
  });

  it('facts are written, replaced, and kept when somebody was first', async ({ db }) => {
    assert.equal(await readMeta(db, 'k'), undefined);
    await writeMeta(db, 'k', '1');
    await writeMeta(db, 'k', '2');
    assert.equal(await ensureMeta(db, 'k', '3'), '2');
    assert.equal(await ensureMeta(db, 'new', '3'), '3');
  });

  it('the last seen refs of a repository follow its pushes', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    for (const sha of ['1', '2']) await upsertGitRef(db, { repoId: repo.id, ref: 'refs/heads/main', sha });
    await upsertGitRef(db, { repoId: repo.id, ref: 'refs/heads/x', sha: '3' });
    await removeGitRef(db, repo.id, 'refs/heads/x');
    assert.deepEqual(await listGitRefs(db, repo.id), new Map([['refs/heads/main', '2']]));
  });

  it('a closed database is unavailable, never empty', async (database) => {
    const { db } = database;
    await database.close();
    await rejectsWith('database-unavailable', findUserByLogin(db, 'octocat'));
    await rejectsWith('database-unavailable', lastSeq(db));
    await rejectsWith(
      'database-unavailable',
      inTransaction(db, (tx) => readMeta(tx, 'k')),
    );
  });
}
