import assert from 'node:assert/strict';
import type { RunnerIdentity } from '@sortie/core/runner';
import { insertBuild } from '@sortie/server/store/builds';
import { type Db, inTransaction } from '@sortie/server/store/db';
import { claimStage } from '@sortie/server/store/leases';
import { insertRepo } from '@sortie/server/store/repos';
import {
  listTokensOfRunners,
  RUNNERS_OF_SECRET,
  RUNNERS_OF_TOKEN,
  registerRunner,
  registerRunners,
} from '@sortie/server/store/runner-room';
import {
  findRunner,
  listRunners,
  pauseRunner,
  renameRunner,
  touchRunner,
  upsertRunner,
} from '@sortie/server/store/runners';
import { insertStages } from '@sortie/server/store/stages';
import { aBuildDraft, aRepo, aRunner, aStageDraft, NEW_BUILD, TEST_NOW } from './domain-builders.ts';
import { rejectsWith } from './rejects-with.ts';
import type { StoreCase } from './store-case.ts';

/** One that was heard before this second is lost. */
const SINCE = TEST_NOW - 180;
const TOKEN = { tokenId: 7, seenSince: SINCE };

async function register(db: Db, name: string, now: number, tokenId = TOKEN.tokenId): Promise<void> {
  await inTransaction(db, (tx) => registerRunner(tx, aRunner({ name }), { ...TOKEN, tokenId, now }));
}

/** As many as there may be, `r0` heard first. */
async function fill(
  db: Db,
  now: number,
  registrar = `token:${TOKEN.tokenId}`,
  most = RUNNERS_OF_TOKEN,
): Promise<void> {
  const { types, platform, labels, capacity, version } = aRunner();
  const columns = {
    types: JSON.stringify(types),
    ...{ os: platform.os, arch: platform.arch, variant: platform.variant, os_version: platform.version },
    ...{ labels: JSON.stringify(labels), capacity, version, registrar, created: now },
  };
  const rows = Array.from({ length: most }, (_, at) => ({
    ...columns,
    ...{ name: `r${at}`, node_id: 1000 + at, last_contact: now + at },
  }));
  await db.insertInto('runners').values(rows).execute();
}

/** The runner of this name holds a stage from now on. */
async function hold(db: Db, runner: RunnerIdentity): Promise<void> {
  const repo = await insertRepo(db, aRepo());
  await inTransaction(db, async (tx) => {
    const build = await insertBuild(tx, { ...aBuildDraft(), repoId: repo.id, ...NEW_BUILD });
    await insertStages(tx, build, [aStageDraft()]);
  });
  const nowMs = TEST_NOW * 1000;
  const stage = await inTransaction(db, (tx) => claimStage(tx, runner, { nowMs, expiresMs: nowMs + 90_000 }));
  assert.equal(stage?.leaseRunner, runner.name);
}

/** How many runners the registry keeps. */
export function keepingRunnerRoom(it: StoreCase): void {
  it('a new runner takes the place of the one of its token that was lost first', async ({ db }) => {
    await upsertRunner(db, aRunner({ name: 'built in' }), 1);
    await register(db, 'of another token', 1, 8);
    await fill(db, SINCE - 1000);
    await pauseRunner(db, 'r0', true);
    await hold(db, aRunner({ name: 'r1' }));
    await touchRunner(db, 'r2', SINCE);
    await renameRunner(db, 'r4', 'named');
    await register(db, 'new', TEST_NOW);
    await register(db, 'r9', TEST_NOW);
    assert.equal((await listRunners(db)).length, RUNNERS_OF_TOKEN + 2);
    const names = ['built in', 'of another token', 'r0', 'r1', 'r2', 'r3', 'named', 'r5', 'new'];
    const found = await Promise.all(names.map(async (name) => ((await findRunner(db, name)) ? [name] : [])));
    assert.deepEqual(
      found.flat(),
      names.filter((name) => name !== 'r3'),
      'neither what is paused, nor what holds a stage, nor what was heard lately',
    );
    await register(db, 'newer', TEST_NOW);
    assert.equal(await findRunner(db, 'named'), undefined);
  });

  it('no runner is forgotten that is there, and no further one is taken', async ({ db }) => {
    await fill(db, TEST_NOW);
    await rejectsWith('runner-limit', register(db, 'new', TEST_NOW));
    await register(db, 'r5', TEST_NOW + 500);
    await register(db, 'of another token', TEST_NOW, 8);
    assert.equal((await listRunners(db)).length, RUNNERS_OF_TOKEN + 1);
  });

  it('a runner counts for the token that it registered with last, if there is room', async ({ db }) => {
    await register(db, 'moves', TEST_NOW, 8);
    await register(db, 'moves', TEST_NOW, 9);
    assert.deepEqual([...(await listTokensOfRunners(db))], [['moves', 9]]);
    await fill(db, TEST_NOW);
    await rejectsWith('runner-limit', register(db, 'moves', TEST_NOW));
    await register(db, 'moves', TEST_NOW, 0);
    assert.ok(!(await listTokensOfRunners(db)).has('moves'));
    await register(db, 'moves', TEST_NOW, 9);
    await upsertRunner(db, aRunner({ name: 'moves' }), TEST_NOW);
    assert.ok(!(await listTokensOfRunners(db)).has('moves'), 'the built-in one needs no token');
  });

  it('a node that an administrator has written down is explained by its token, but takes no room and stays', async ({
    db,
  }) => {
    const details = JSON.stringify({ uid: 'i-1' });
    await upsertRunner(db, aRunner({ name: 'node' }), 1);
    await db.updateTable('runners').set({ details }).where('name', '=', 'node').execute();
    await fill(db, SINCE - 1000);
    await register(db, 'node', 1);
    assert.equal((await listTokensOfRunners(db)).get('node'), TOKEN.tokenId);
    assert.equal((await listRunners(db)).length, RUNNERS_OF_TOKEN + 1);
    await register(db, 'new', TEST_NOW);
    assert.ok(await findRunner(db, 'node'));
    assert.equal(await findRunner(db, 'r0'), undefined);
  });

  it('of two that come at once one gets the last place', async ({ db }) => {
    await fill(db, TEST_NOW, 'token:7', RUNNERS_OF_TOKEN - 1);
    const results = await Promise.allSettled(['a', 'b'].map((name) => register(db, name, TEST_NOW)));
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    assert.equal((await listRunners(db)).length, RUNNERS_OF_TOKEN);
  });

  it('of those that turn out to have one name at once all but the first give up their rows', async ({
    db,
  }) => {
    const names = Array.from({ length: 8 }, (_, at) => `asks ${at}`);
    await Promise.all(names.map((name) => register(db, name, TEST_NOW)));
    await Promise.all(names.map((name) => inTransaction(db, (tx) => renameRunner(tx, name, 'one'))));
    assert.deepEqual(
      (await listRunners(db)).map(({ name }) => name),
      ['one'],
    );
  });

  it('several that register together make room for all of them, and none of them goes for another one', async ({
    db,
  }) => {
    const together = (names: readonly string[]) =>
      inTransaction(db, (tx) => {
        const runners = names.map((name) => aRunner({ name, capacity: name.length }));
        return registerRunners(tx, runners, { ...TOKEN, now: TEST_NOW });
      });
    await fill(db, SINCE - 1000);
    await together(['second new', 'r0', 'new']);
    const stored = await listRunners(db);
    assert.equal(stored.length, RUNNERS_OF_TOKEN);
    assert.equal(new Set(stored.map(({ nodeId }) => nodeId)).size, RUNNERS_OF_TOKEN);
    const found = new Map(stored.map((runner) => [runner.name, runner]));
    assert.deepEqual([found.has('r1'), found.has('r2'), found.has('r3')], [false, false, true]);
    for (const name of ['second new', 'r0', 'new']) {
      const { capacity, lastContact, lastPoll } = found.get(name) ?? {};
      assert.deepEqual([capacity, lastContact, lastPoll], [name.length, TEST_NOW, TEST_NOW]);
    }
    const many = Array.from({ length: RUNNERS_OF_TOKEN }, (_, at) => `other ${at}`);
    await rejectsWith('runner-limit', together(many));
    assert.equal((await listRunners(db)).length, RUNNERS_OF_TOKEN);
  });

  it('those who register known and new names together do not wait for each other in a ring', async ({
    db,
  }) => {
    await register(db, 'known', TEST_NOW);
    let tries = 0;
    const several = (names: readonly string[]) =>
      inTransaction(db, async (tx) => {
        tries += 1;
        const runners = names.map((name) => aRunner({ name }));
        await registerRunners(tx, runners, { ...TOKEN, now: TEST_NOW });
      });
    await Promise.all(
      [1, 2, 3, 4].flatMap((at) => [several(['known', `z${at}`]), several([`a${at}`, 'known'])]),
    );
    assert.deepEqual([(await listRunners(db)).length, tries], [9, 8]);
  });

  it('the shared secret, which many machines have, has a bound of its own', async ({ db }) => {
    await fill(db, SINCE - 2000, 'secret', RUNNERS_OF_SECRET);
    await register(db, 'new', TEST_NOW, 0);
    assert.equal(await findRunner(db, 'r0'), undefined);
    assert.equal((await listRunners(db)).length, RUNNERS_OF_SECRET);
  });
}
