import assert from 'node:assert/strict';
import { listBuiltCommits } from '@sortie/server/store/built-commits';
import {
  findDelivery,
  forgetDeliveryKeys,
  insertDelivery,
  listDeliveriesOfKeys,
  listDeliveryPage,
  reopenDelivery,
  settleDelivery,
} from '@sortie/server/store/deliveries';
import {
  claimDelivery,
  freeDeliveries,
  listDueDeliveries,
  renewClaims,
} from '@sortie/server/store/delivery-claims';
import { removeOldDeliveries } from '@sortie/server/store/delivery-removal';
import { findHookedRepo } from '@sortie/server/store/hook-repos';
import { insertRepo } from '@sortie/server/store/repos';
import { aRepo, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const OUTCOME = { verdict: 'failed', reason: 'internal', message: 'x', buildId: 0, finished: 5 } as const;

/** Deliveries of Git services: claims, repeats, removal. */
export function keepingDeliveries(it: StoreCase): void {
  const delivery = (repoId: number, key: string) => ({
    ...{ repoId, event: 'push', key, ref: 'refs/heads/main', before: '', after: '', sender: 'ada' },
    ...{ payload: '{}', created: TEST_NOW, headers: { 'x-gogs-event': 'push' } },
  });

  it('an unfinished delivery has one holder, who may be followed by another', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const stored = await insertDelivery(db, { ...delivery(repo.id, 'k1'), claimedUntilMs: 100 });
    assert.deepEqual(stored.headers, { 'x-gogs-event': 'push' });
    const due = (nowMs: number) =>
      listDueDeliveries(db, { nowMs, connectionIds: [repo.connectionId], after: 0, limit: 10 });
    assert.deepEqual(await due(99), []);
    const [first] = await due(100);
    assert.deepEqual(first, { id: stored.id, repoId: repo.id, claimedUntilMs: 100 });
    assert.equal(await claimDelivery(db, stored, 200), true);
    assert.equal(await claimDelivery(db, stored, 300), false);
    await renewClaims(db, [stored.id], 400);
    assert.deepEqual(await due(399), []);
    await freeDeliveries(db);
    assert.equal((await due(1)).length, 1);
    assert.deepEqual(await listDueDeliveries(db, { nowMs: 1, connectionIds: [], after: 0, limit: 10 }), []);
  });

  it('a verdict is written once, and a failed delivery can be opened again', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    const stored = await insertDelivery(db, delivery(repo.id, 'k1'));
    assert.equal(await reopenDelivery(db, { id: stored.id, claimedUntilMs: 9 }), false);
    assert.equal(await settleDelivery(db, stored.id, OUTCOME), true);
    assert.equal(await settleDelivery(db, stored.id, { ...OUTCOME, verdict: 'built' }), false);
    assert.equal(await reopenDelivery(db, { id: stored.id, claimedUntilMs: 9 }), true);
    const again = await findDelivery(db, repo.id, stored.id);
    assert.deepEqual([again?.verdict, again?.reason, again?.claimedUntilMs], ['received', '', 9]);
    assert.equal(await findDelivery(db, repo.id + 1, stored.id), undefined);
  });

  it('deliveries are found by their keys and forgotten when they are old', async ({ db }) => {
    const repo = await insertRepo(db, aRepo());
    for (const key of ['k', 'k#2', 'l']) await insertDelivery(db, delivery(repo.id, key));
    const found = await listDeliveriesOfKeys(db, repo.id, ['k', 'k#2', 'k#3']);
    assert.deepEqual(
      found.map(({ key }) => key),
      ['k', 'k#2'],
    );
    const [newest] = await listDeliveryPage(db, repo.id, { page: 1, perPage: 1 });
    assert.deepEqual([newest?.delivery.key, newest?.buildNumber], ['l', 0]);
    await forgetDeliveryKeys(db, repo.id, { keys: ['k'], before: TEST_NOW + 1 });
    assert.equal((await listDeliveriesOfKeys(db, repo.id, ['k', 'l'])).length, 1);
    for (const { id } of found) await settleDelivery(db, id, OUTCOME);
    assert.equal(await removeOldDeliveries(db, { before: 1, keep: 1, limit: 10 }), 1);
    assert.equal(await removeOldDeliveries(db, { before: TEST_NOW + 1, keep: 1, limit: 10 }), 1);
  });

  it('a webhook finds its repository by connection and uid', async ({ db }) => {
    const repo = await insertRepo(db, aRepo({ uid: '42' }));
    const found = await findHookedRepo(db, repo.connectionId, '42');
    assert.deepEqual([found?.repo.id, found?.signer, found?.previousExpires], [repo.id, '', 0]);
    assert.equal(await findHookedRepo(db, repo.connectionId + 1, '42'), undefined);
    assert.deepEqual(await listBuiltCommits(db, repo.id, 'refs/heads/main', 5), []);
  });
}
