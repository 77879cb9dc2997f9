import assert from 'node:assert/strict';
import { createBuild } from '@sortie/server/services/create-build';
import { type Database, type Db, inTransaction } from '@sortie/server/store/db';
import { claimStage, extendLease, listExpiredLeases } from '@sortie/server/store/leases';
import { insertRepo } from '@sortie/server/store/repos';
import { insertRpcLease } from '@sortie/server/store/rpc-leases';
import {
  confirmOffer,
  endForgottenLeases,
  extendLeasesOverOutage,
  findLatestExpiry,
  shortenLeases,
} from '@sortie/server/store/runner-leases';
import { findStageById } from '@sortie/server/store/stages';
import { aBuildDraft, aRepo, aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const NOW_MS = TEST_NOW * 1000;
const OFFER = { nowMs: NOW_MS, expiresMs: NOW_MS + 15_000, kind: 'rpc-offer' } as const;
const LEASE = { stageId: 1, attempt: 1, fence: 1 };
const TAKEN = { machine: 'm', nowMs: NOW_MS, expiresMs: NOW_MS + 90_000 };

/** What our own runners on other machines hold. */
export function keepingRunnerLeases(it: StoreCase): void {
  it('an offer becomes the lease of a runner of ours once, and not for another fence', async (database) => {
    const { db } = database;
    await offered(database);
    const other = { ...LEASE, fence: 2 };
    assert.equal(await inTransaction(db, (tx) => confirmOffer(tx, other, TAKEN)), undefined);
    const stage = await inTransaction(db, (tx) => confirmOffer(tx, LEASE, TAKEN));
    assert.deepEqual([stage?.leaseKind, stage?.machine, stage?.version], ['runner', 'm', 2]);
    assert.equal(stage?.leaseExpiresMs, TAKEN.expiresMs);
    assert.equal(await inTransaction(db, (tx) => confirmOffer(tx, LEASE, TAKEN)), undefined);
  });

  it('a greeting ends what the runner does not name, and nothing of another token or runner', async (database) => {
    const { db } = database;
    await offered(database);
    await inTransaction(db, (tx) => confirmOffer(tx, LEASE, TAKEN));
    const runner = { tokenId: 7, runnerKey: 'token:7/a', held: [] };
    assert.equal(await endForgottenLeases(db, { ...runner, held: [LEASE] }), 0);
    assert.equal(await endForgottenLeases(db, { ...runner, tokenId: 8 }), 0);
    assert.equal(await endForgottenLeases(db, { ...runner, runnerKey: 'token:7/b' }), 0);
    assert.deepEqual(await expired(db), []);
    assert.equal(await endForgottenLeases(db, { ...runner, held: [{ ...LEASE, fence: 9 }] }), 1);
    assert.deepEqual(await expired(db), [1]);
  });

  it('an outage gives time to leases of its kind that nobody has ended', async (database) => {
    const { db } = database;
    await offered(database);
    const untilMs = NOW_MS + 500_000;
    assert.equal(await extendLeasesOverOutage(db, 'runner', untilMs), 0);
    await inTransaction(db, (tx) => confirmOffer(tx, LEASE, TAKEN));
    assert.equal(await extendLeasesOverOutage(db, 'rpc', untilMs), 0);
    assert.equal(await extendLeasesOverOutage(db, 'runner', untilMs), 1);
    assert.equal((await findStageById(db, 1))?.leaseExpiresMs, untilMs);
    await extendLease(db, LEASE, 0);
    assert.equal(await extendLeasesOverOutage(db, 'runner', untilMs), 0);
  });

  it('a clock that was put back shortens what would last too long, of its kind', async (database) => {
    const { db } = database;
    assert.equal(await findLatestExpiry(db), 0);
    await offered(database);
    assert.equal(await shortenLeases(db, 'rpc-offer', TAKEN.expiresMs + 500_000), 0);
    await inTransaction(db, (tx) => confirmOffer(tx, LEASE, TAKEN));
    const untilMs = TAKEN.expiresMs - 1;
    assert.equal(await findLatestExpiry(db), TAKEN.expiresMs);
    for (const kind of ['rpc', 'rpc-offer', ''] as const) {
      assert.equal(await shortenLeases(db, kind, untilMs), 0);
    }
    assert.equal(await shortenLeases(db, 'runner', untilMs), 1);
    assert.equal((await findStageById(db, 1))?.leaseExpiresMs, untilMs);
  });
}

/** One stage, offered to runner `a` with token 7. */
async function offered(database: Database): Promise<void> {
  const { db } = database;
  const repo = await insertRepo(db, aRepo());
  const deps = { db, events: { publish: () => undefined }, wake: () => undefined, now: () => TEST_NOW };
  await createBuild(deps, { repo, draft: aBuildDraft(), stages: [aStageDraft()] });
  await inTransaction(db, (tx) => claimStage(tx, aRunner(), OFFER));
  await insertRpcLease(db, {
    ...LEASE,
    ...{ tokenId: 7, runnerKey: 'token:7/a', poller: '', machine: 'm' },
    ...{ acceptedMs: 0, signalMs: 0, watchMs: 0 },
  });
}

async function expired(db: Db): Promise<readonly number[]> {
  return (await listExpiredLeases(db, NOW_MS, 10)).map(({ id }) => id);
}
