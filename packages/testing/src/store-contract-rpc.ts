import assert from 'node:assert/strict';
import { UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { createBuild } from '@sortie/server/services/create-build';
import { type Database, type Db, inTransaction } from '@sortie/server/store/db';
import {
  claimStage,
  expireLeasesOfRunner,
  extendLease,
  listExpiredLeases,
  revokeLease,
} from '@sortie/server/store/leases';
import { acceptStage, listQueuedRepos, offerStage, withdrawOffer } from '@sortie/server/store/offers';
import { insertRepo } from '@sortie/server/store/repos';
import {
  endLeasesOfRestarted,
  findAcceptedAttempts,
  findRpcLease,
  findRpcPeer,
  insertRpcLease,
  listHandedStages,
  listMachinesOf,
  type RpcLease,
  touchRpcPeer,
  updateRpcLease,
} from '@sortie/server/store/rpc-leases';
import { findReplay, removeReplaysBefore, storeReplay } from '@sortie/server/store/rpc-replays';
import {
  findRunnerToken,
  findRunnerTokenByHash,
  hasRunnerTokens,
  insertRunnerToken,
  listRunnerTokens,
  removeRunnerToken,
  replaceRunnerTokenHash,
  touchRunnerToken,
} from '@sortie/server/store/runner-tokens';
import { findRunner, renameRunner, upsertRunner } from '@sortie/server/store/runners';
import { findStageById } from '@sortie/server/store/stages';
import { insertSteps, touchSteps } from '@sortie/server/store/steps';
import { aBuildDraft, aRepo, aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const NOW_MS = TEST_NOW * 1000;
const OFFER = { nowMs: NOW_MS, expiresMs: NOW_MS + 15_000, kind: 'rpc-offer' } as const;
const HAND_OUT: RpcLease = {
  ...{ stageId: 1, fence: 1, attempt: 1, tokenId: 0, runnerKey: 'token:7', poller: 'p', machine: '' },
  ...{ acceptedMs: 0, signalMs: 0, watchMs: 0 },
};

/** What official runners hold, were answered, and come in with. */
export function keepingRpc(it: StoreCase): void {
  it('an offer reserves a stage without a trace on it, and can be taken back until it is accepted', async (database) => {
    const { db } = database;
    await queued(database);
    const offered = await inTransaction(db, (tx) => claimStage(tx, aRunner(), OFFER));
    assert.deepEqual(
      [offered?.leaseKind, offered?.version, offered?.machine, offered?.fence],
      ['rpc-offer', 1, '', 1],
    );
    assert.equal(await inTransaction(db, (tx) => claimStage(tx, aRunner(), OFFER)), undefined);
    assert.equal(await withdrawOffer(db, { stageId: 1, fence: 1 }), true);
    assert.equal(await withdrawOffer(db, { stageId: 1, fence: 1 }), false);
    const offer = { holder: 'x', expiresMs: NOW_MS };
    assert.equal((await inTransaction(db, (tx) => offerStage(tx, 1, offer)))?.fence, 2);
    assert.equal(await inTransaction(db, (tx) => offerStage(tx, 1, offer)), undefined);
    const acceptance = { holder: 'x', machine: 'm', nowMs: NOW_MS, expiresMs: NOW_MS + 1 };
    const accepted = await inTransaction(db, (tx) => acceptStage(tx, 1, acceptance));
    assert.deepEqual([accepted.version, accepted.machine, accepted.leaseKind], [2, 'm', 'rpc']);
    assert.equal(await withdrawOffer(db, { stageId: 1, fence: 2 }), false);
    assert.equal(await expireLeasesOfRunner(db, 'x'), 0);
    await inTransaction(db, (tx) => revokeLease(tx, 1));
    assert.equal((await findStageById(db, 1))?.leaseKind, '');
  });

  it('an offer heeds limits, and names of repositories in the queue', async (database) => {
    const { db } = database;
    const { repoId } = await queued(database, { limit: 1 });
    await queued(database, { limit: 1 }, repoId);
    assert.deepEqual(await listQueuedRepos(db), [
      { id: repoId, namespace: 'octocat', slug: 'octocat/hello', isTrusted: false },
    ]);
    const limited = { ...OFFER, repoIds: [repoId + 1] };
    assert.equal(await inTransaction(db, (tx) => claimStage(tx, aRunner(), limited)), undefined);
    const within = { ...OFFER, repoIds: [repoId] };
    assert.equal((await inTransaction(db, (tx) => claimStage(tx, aRunner(), within)))?.id, 1);
    const offer = { holder: 'x', expiresMs: NOW_MS };
    assert.equal(await inTransaction(db, (tx) => offerStage(tx, 2, offer)), undefined);
    assert.deepEqual((await listQueuedRepos(db)).length, 1);
  });

  it('hand-outs are found by stage, build, poller and token', async (database) => {
    const { db } = database;
    const { buildId } = await queued(database);
    await held(db, { tokenId: 7 });
    const key = { stageId: 1, fence: 1 };
    assert.equal((await findRpcLease(db, key))?.acceptedMs, 0);
    assert.deepEqual(await listHandedStages(db, buildId, { tokenId: 7 }), []);
    await updateRpcLease(db, key, { machine: 'm', acceptedMs: NOW_MS, signalMs: NOW_MS });
    assert.deepEqual([...(await findAcceptedAttempts(db, 1, 7))], [1]);
    assert.deepEqual([...(await findAcceptedAttempts(db, 1, 8))], []);
    const [handed] = await listHandedStages(db, buildId, { tokenId: 7, runnerKey: 'token:7' });
    assert.deepEqual([handed?.lease.machine, handed?.lease.fence, handed?.stage.id], ['m', 1, 1]);
    assert.deepEqual(await listHandedStages(db, buildId, { tokenId: 7, runnerKey: 'other' }), []);
    assert.deepEqual(await listMachinesOf(db, 'p', NOW_MS - 1), ['m']);
    assert.deepEqual(await listMachinesOf(db, 'p', NOW_MS), []);
    await insertRpcLease(db, { ...HAND_OUT, fence: 2, machine: 'newest', acceptedMs: NOW_MS + 2 });
    await insertRpcLease(db, { ...HAND_OUT, fence: 3, machine: 'm', acceptedMs: NOW_MS + 1 });
    assert.deepEqual(await listMachinesOf(db, 'p', NOW_MS - 1), ['newest', 'm']);
  });

  it('a runner that has started anew loses what it does not watch, but only with a token of its own', async (database) => {
    const { db } = database;
    await queued(database);
    await held(db, { tokenId: 7, acceptedMs: NOW_MS });
    await inTransaction(db, (tx) =>
      acceptStage(tx, 1, { holder: 'm', machine: 'm', nowMs: NOW_MS, expiresMs: NOW_MS + 1e6 }),
    );
    await touchRpcPeer(db, 'token:7', NOW_MS + 5);
    assert.deepEqual(await findRpcPeer(db, 'token:7'), { pingMs: 0, signalMs: NOW_MS + 5 });
    const later = { nowMs: NOW_MS + 100_000, silentMs: 60_000 };
    assert.equal(await endLeasesOfRestarted(db, later), 0);
    await touchRpcPeer(db, 'token:7', NOW_MS + 10, true);
    assert.equal(await endLeasesOfRestarted(db, { ...later, nowMs: NOW_MS + 50_000 }), 0);
    await updateRpcLease(db, { stageId: 1, fence: 1 }, { watchMs: NOW_MS + 20 });
    assert.equal(await endLeasesOfRestarted(db, later), 0);
    await updateRpcLease(db, { stageId: 1, fence: 1 }, { watchMs: NOW_MS });
    assert.equal(await endLeasesOfRestarted(db, later), 1);
    assert.deepEqual(
      (await listExpiredLeases(db, NOW_MS, 9)).map(({ id }) => id),
      [1],
    );
    const lease = { stageId: 1, attempt: 1, fence: 1 };
    assert.equal((await extendLease(db, lease, NOW_MS + 1))?.leaseExpiresMs, NOW_MS + 1);
  });

  it('of the writes to a thing the last one is known again', async ({ db }) => {
    const write = { object: 'stage:1', versionIn: 2, bodyHash: 'aa' };
    await inTransaction(db, (tx) => storeReplay(tx, { ...write, response: '{}', created: TEST_NOW }));
    assert.equal(await findReplay(db, write), '{}');
    assert.equal(await findReplay(db, { ...write, bodyHash: 'bb' }), undefined);
    const next = { ...write, versionIn: 3, response: '[]', created: TEST_NOW };
    await inTransaction(db, (tx) => storeReplay(tx, next));
    assert.equal(await findReplay(db, write), undefined);
    await removeReplaysBefore(db, TEST_NOW);
    assert.equal(await findReplay(db, next), '[]');
    await removeReplaysBefore(db, TEST_NOW + 1);
    assert.equal(await findReplay(db, next), undefined);
  });

  it('runner tokens are found by their present text and, for a while, by the one before', async ({ db }) => {
    assert.equal(await hasRunnerTokens(db), false);
    const draft = {
      name: 'n',
      hash: 'h1',
      prefix: 'p1',
      ranges: ['10.0.0.0/8'],
      expires: 0,
      created: TEST_NOW,
    };
    const scope = { ...UNLIMITED_SCOPE, repos: ['a/*'], labels: { a: '1' }, trust: 'trusted' } as const;
    const token = await insertRunnerToken(db, { ...scope, ...draft });
    assert.deepEqual((await findRunnerTokenByHash(db, 'h1', TEST_NOW))?.labels, { a: '1' });
    const change = { hash: 'h2', prefix: 'p2', previousExpires: TEST_NOW + 5 };
    assert.equal(await replaceRunnerTokenHash(db, token.id, { ...change, expectedHash: 'other' }), undefined);
    await replaceRunnerTokenHash(db, token.id, { ...change, expectedHash: 'h1' });
    assert.equal((await findRunnerTokenByHash(db, 'h1', TEST_NOW))?.prefix, 'p2');
    assert.equal(await findRunnerTokenByHash(db, 'h1', TEST_NOW + 5), undefined);
    assert.equal(await findRunnerTokenByHash(db, '', TEST_NOW), undefined);
    await touchRunnerToken(db, token.id, { lastUsed: 5, lastAddress: '10.0.0.1' });
    const [shown] = await listRunnerTokens(db);
    assert.deepEqual([shown?.lastUsed, shown?.lastAddress, shown?.trust], [5, '10.0.0.1', 'trusted']);
    assert.equal((await findRunnerToken(db, token.id))?.hash, 'h2');
    assert.deepEqual(
      [await removeRunnerToken(db, token.id), await removeRunnerToken(db, token.id)],
      [true, false],
    );
  });

  it('a runner takes the name that it turns out to have', async ({ db }) => {
    await upsertRunner(db, aRunner({ name: '10.0.0.1' }), TEST_NOW);
    await renameRunner(db, '10.0.0.1', 'm');
    assert.deepEqual(
      [(await findRunner(db, 'm'))?.lastPoll, await findRunner(db, '10.0.0.1')],
      [TEST_NOW, undefined],
    );
    await upsertRunner(db, aRunner({ name: '10.0.0.2' }), TEST_NOW);
    await renameRunner(db, '10.0.0.2', 'm');
    assert.equal(await findRunner(db, '10.0.0.2'), undefined);
  });

  it('versions of steps count up by themselves', async (database) => {
    const { db } = database;
    await queued(database);
    const draft = { number: 1, name: 'a', image: '', dependsOn: [], isDetached: false, errIgnore: false };
    const [step] = await inTransaction(db, (tx) => insertSteps(tx, { id: 1, attempt: 1 }, [draft]));
    await inTransaction(db, (tx) => touchSteps(tx, [step?.id ?? 0]));
    await inTransaction(db, (tx) => touchSteps(tx, []));
    const row = await db.selectFrom('steps').select('version').executeTakeFirst();
    assert.equal(row?.version, 2);
  });
}

/** One stage in the queue. */
async function queued({ db }: Database, stage: object = {}, inRepo?: number) {
  const repo =
    inRepo === undefined ? await insertRepo(db, aRepo()) : { ...aRepo(), id: inRepo, counter: 0, version: 1 };
  const deps = { db, events: { publish: () => undefined }, wake: () => undefined, now: () => TEST_NOW };
  const build = await createBuild(deps, { repo, draft: aBuildDraft(), stages: [aStageDraft(stage)] });
  return { repoId: repo.id, buildId: build.id };
}

/** The first stage is offered. */
async function held(db: Db, patch: Partial<RpcLease>): Promise<void> {
  await inTransaction(db, (tx) => claimStage(tx, aRunner(), OFFER));
  await insertRpcLease(db, { ...HAND_OUT, ...patch });
}
