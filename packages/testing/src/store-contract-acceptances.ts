import assert from 'node:assert/strict';
import { createBuild } from '@sortie/server/services/create-build';
import { acceptPlainOffers, lockPlainOffers, type OfferKey } from '@sortie/server/store/acceptances';
import { lockBuild } from '@sortie/server/store/builds';
import { type Database, type Db, inTransaction, locksRows } from '@sortie/server/store/db';
import { claimStages } from '@sortie/server/store/leases';
import { writeMeta } from '@sortie/server/store/meta';
import { readPauses } from '@sortie/server/store/pauses';
import { insertRepo } from '@sortie/server/store/repos';
import { findRpcLease, updateRpcLease } from '@sortie/server/store/rpc-leases';
import { pauseRunner, touchRunners, upsertRunner } from '@sortie/server/store/runners';
import type { LeasedStage } from '@sortie/server/store/stage-rows';
import { findStageById, lockStage } from '@sortie/server/store/stages';
import { aBuildDraft, aRepo, aRunner, aStageDraft, TEST_NOW } from './domain-builders.ts';
import type { StoreCase } from './store-case.ts';

const NOW_MS = TEST_NOW * 1000;
const HAND_OUT = { tokenId: 7, runnerKey: 'token:7', poller: 'p', machine: '' };

/** Offers that are accepted together. */
export function acceptingTogether(it: StoreCase): void {
  it('offers are accepted together, each for its own runner', async (database) => {
    const { db } = database;
    const stages = await offered(database, 3);
    await upsertRunner(db, anOfficial('m-1'), TEST_NOW);
    const keys = stages.map(({ id }, at) => ({ stageId: id, machine: `m-${at}` }));
    const accepted = await inTransaction(db, async (tx) => {
      const offers = await lockPlainOffers(tx, keys);
      assert.deepEqual(offers.map(({ stage }) => stage.id).sort(), keys.map(({ stageId }) => stageId).sort());
      assert.deepEqual(
        offers.map(({ buildStatus, repo, tokenId, poller, isNamed }) => [
          buildStatus,
          repo.slug,
          tokenId,
          poller,
          isNamed,
        ]),
        Array.from({ length: 3 }, () => ['pending', 'octocat/hello', 7, 'p', false]),
      );
      const rows = keys.map((key) => ({ ...key, fence: 1, runnerKey: `key of ${key.machine}` }));
      const late = { stageId: stages[0]?.id ?? 0, machine: 'late', fence: 9, runnerKey: 'x' };
      return acceptPlainOffers(tx, [late, ...rows], { nowMs: NOW_MS + 5, expiresMs: NOW_MS + 99 });
    });
    for (const { stageId, machine } of keys) {
      const stage = await findStageById(db, stageId);
      assert.deepEqual(
        [stage?.leaseKind, stage?.leaseRunner, stage?.machine, stage?.version, stage?.leaseExpiresMs],
        ['rpc', machine, machine, 2, NOW_MS + 99],
      );
      assert.deepEqual(
        accepted.find(({ id }) => id === stageId),
        stage,
      );
      const lease = await findRpcLease(db, { stageId, fence: 1 });
      assert.deepEqual(
        [lease?.machine, lease?.runnerKey, lease?.acceptedMs, lease?.signalMs],
        [machine, `key of ${machine}`, NOW_MS + 5, NOW_MS + 5],
      );
    }
    assert.deepEqual(await plain(db, keys), []);
  });

  it('what is paused, or has the name of a runner of ours, is not plain', async (database) => {
    const { db } = database;
    const [stage] = await offered(database, 1);
    const key = { stageId: stage?.id ?? 0, machine: 'm' };
    assert.deepEqual(await plain(db, [key]), [key.stageId]);
    await upsertRunner(db, anOfficial('m'), TEST_NOW);
    assert.deepEqual(await plain(db, [key]), [key.stageId]);
    // The runner in whose place it asked is still written down under another name.
    await upsertRunner(db, anOfficial('runner-1'), TEST_NOW);
    assert.deepEqual(await plain(db, [key]), [key.stageId]);
    assert.deepEqual(await plain(db, [{ ...key, machine: 'runner-1' }]), [key.stageId]);
    await pauseRunner(db, 'runner-1', true);
    assert.deepEqual(await plain(db, [key]), []);
    assert.deepEqual(await plain(db, [{ ...key, machine: 'runner-1' }]), []);
    await upsertRunner(db, aRunner({ name: 'ours', version: '1.0' }), TEST_NOW);
    assert.deepEqual(await plain(db, [{ ...key, machine: 'ours' }]), []);
    assert.deepEqual(await plain(db, [{ stageId: 99, machine: 'm' }]), []);
  });

  it('of machines that are plain it is told what the registry does not know of them', async (database) => {
    const { db } = database;
    const [stage] = await offered(database, 1);
    const stageId = stage?.id ?? 0;
    const facts = (machine: string) =>
      inTransaction(db, async (tx) =>
        (await lockPlainOffers(tx, [{ stageId, machine }])).map(({ isKnown, isFirst }) => [isKnown, isFirst]),
      );
    assert.deepEqual(await facts('new'), [[false, false]]);
    await upsertRunner(db, anOfficial('runner-1'), TEST_NOW);
    assert.deepEqual([await facts('new'), await facts('runner-1')], [[[false, true]], [[true, false]]]);
    await updateRpcLease(db, { stageId, fence: 1 }, { machine: 'runner-1' });
    assert.deepEqual([await facts('new'), await facts('runner-1')], [[[false, false]], [[true, false]]]);
    await pauseRunner(db, 'runner-1', true);
    // Of several that ask alike another one is paused.
    assert.deepEqual([await facts('new'), await facts('runner-1')], [[[false, false]], []]);
  });

  it('stages of one build are accepted at once by several, but not while the build is changed', async (database) => {
    const { db } = database;
    const stages = await offered(database, 1, 2);
    const [first, second] = stages.map(({ id }) => ({ stageId: id, machine: 'm' }));
    if (first === undefined || second === undefined) assert.fail();
    if (!locksRows(db)) return assert.equal((await plain(db, [first, second])).length, 2);
    await inTransaction(db, async (tx) => {
      assert.equal((await lockPlainOffers(tx, [first])).length, 1);
      assert.deepEqual(await plain(db, [first, second]), [second.stageId]);
    });
    await inTransaction(db, async (tx) => {
      await lockBuild(tx, stages[0]?.buildId ?? 0);
      assert.deepEqual(await plain(db, [first, second]), []);
    });
  });

  it('nobody waits for a build or a stage that somebody else has locked', async (database) => {
    const { db } = database;
    const [first, second, third] = await offered(database, 3);
    if (first === undefined || second === undefined || third === undefined) assert.fail();
    const keys = [first, second, third].map(({ id }) => ({ stageId: id, machine: 'm' }));
    // SQLite has one writer at a time.
    if (!locksRows(db)) return assert.equal((await plain(db, keys)).length, 3);
    await inTransaction(db, async (tx) => {
      await lockBuild(tx, first.buildId);
      await lockStage(tx, second.id);
      assert.deepEqual(await plain(db, keys), [third.id]);
    });
    assert.equal((await plain(db, keys)).length, 3);
  });

  it('each stage that is taken gets its hand-out, and those that are not taken get none', async (database) => {
    const { db } = database;
    const stages = await offered(database, 2, 2);
    const rows = await db.selectFrom('rpc_leases').selectAll().orderBy('stage_id').execute();
    assert.deepEqual(
      rows,
      stages.map(({ id, fence, attempt }) => ({
        ...{ stage_id: id, fence, attempt, token_id: 7, runner_key: 'token:7', poller: 'p', machine: '' },
        ...{ accepted_ms: 0, signal_ms: 0, watch_ms: 0 },
      })),
    );
    assert.deepEqual(
      stages.map(({ leaseKind, fence, version }) => [leaseKind, fence, version]),
      stages.map(() => ['rpc-offer', 1, 1]),
    );
    const again = {
      nowMs: NOW_MS,
      expiresMs: NOW_MS + 1,
      kind: 'rpc-offer',
      count: 9,
      handOut: HAND_OUT,
    } as const;
    assert.deepEqual(await inTransaction(db, (tx) => claimStages(tx, aRunner(), again)), []);
    assert.equal((await db.selectFrom('rpc_leases').selectAll().execute()).length, rows.length);
  });

  it('a claim that is undone leaves no hand-outs', async (database) => {
    const { db } = database;
    const [stage] = await offered(database, 1);
    const key = { stageId: stage?.id ?? 0, fence: 1 };
    await db.updateTable('stages').set({ lease_runner: '', lease_kind: '', fence: 0 }).execute();
    const lease = { nowMs: NOW_MS, expiresMs: NOW_MS + 1, kind: 'rpc-offer', count: 1 } as const;
    const handOut = { ...HAND_OUT, tokenId: 8 };
    // There is one of that stage and fence already.
    await assert.rejects(inTransaction(db, (tx) => claimStages(tx, aRunner(), { ...lease, handOut })));
    assert.equal((await findStageById(db, key.stageId))?.leaseRunner, '');
    assert.equal((await findRpcLease(db, key))?.tokenId, 7);
  });

  it('a switch and the pauses of runners are read together', async ({ db }) => {
    for (const name of ['a', 'b', 'queue']) await upsertRunner(db, aRunner({ name }), TEST_NOW);
    const read = (runners: readonly string[]) => readPauses(db, { key: 'queue', runners });
    assert.deepEqual(await read(['a', 'b', 'queue']), { isSet: false, runners: new Set() });
    await pauseRunner(db, 'b', true);
    await pauseRunner(db, 'queue', true);
    assert.deepEqual(await read(['a', 'b', 'queue']), { isSet: false, runners: new Set(['b', 'queue']) });
    assert.deepEqual(await read(['a']), { isSet: false, runners: new Set() });
    await writeMeta(db, 'queue', '1');
    assert.deepEqual(await read(['b', 'nobody']), { isSet: true, runners: new Set(['b']) });
    assert.deepEqual(await read([]), { isSet: true, runners: new Set() });
  });

  it('runners are noted as seen together', async ({ db }) => {
    for (const name of ['a', 'b', 'c']) await upsertRunner(db, aRunner({ name }), TEST_NOW);
    await touchRunners(db, ['a', 'c', 'nobody'], TEST_NOW + 7);
    const rows = await db.selectFrom('runners').select(['name', 'last_contact']).orderBy('name').execute();
    assert.deepEqual(
      rows.map((row) => row.last_contact - TEST_NOW),
      [7, 0, 7],
    );
  });
}

/** Official runners do not say their version. */
function anOfficial(name: string) {
  return aRunner({ name, version: '' });
}

function plain(db: Db, keys: readonly OfferKey[]): Promise<readonly number[]> {
  return inTransaction(db, async (tx) =>
    (await lockPlainOffers(tx, keys)).map(({ stage }) => stage.id).sort(),
  );
}

/** So many builds with so many stages each, all offered to `runner-1`, which has never accepted anything. */
async function offered({ db }: Database, builds: number, each = 1): Promise<readonly LeasedStage[]> {
  const repo = await insertRepo(db, aRepo());
  const deps = { db, events: { publish: () => undefined }, wake: () => undefined, now: () => TEST_NOW };
  const drafts = Array.from({ length: each }, (_, at) =>
    aStageDraft({ number: at + 1, name: `stage-${at}` }),
  );
  for (let at = 0; at < builds; at += 1) {
    await createBuild(deps, { repo, draft: aBuildDraft(), stages: drafts });
  }
  return inTransaction(db, async (tx) => {
    const count = builds * each;
    const lease = { nowMs: NOW_MS, expiresMs: NOW_MS + 15_000, kind: 'rpc-offer', count } as const;
    return claimStages(tx, aRunner(), { ...lease, handOut: HAND_OUT });
  });
}
