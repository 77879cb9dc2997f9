import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { cancel } from '@sortie/testing/queue-views';
import { issueRunnerToken } from '../services/runner-tokens.ts';
import { findRunner, listRunners, pauseRunner } from '../store/runners.ts';
import { findStageById } from '../store/stages.ts';
import { createOffers, type Offers } from './offer-stages.ts';
import { provisionalName, readFilter } from './read-filter.ts';
import { readWire } from './read-wire.ts';
import { createRegistry } from './registry.ts';
import { requestStage } from './request-stage.ts';
import type { RpcSettings } from './rpc-deps.ts';
import { accepted, aScriptedRunner, createRpcWorld, DOCKER, type RpcWorld } from './rpc-world.fixture.ts';

const SETTINGS: RpcSettings = {
  ...{ secret: '', pollMs: 60_000, emptyPollStatus: 200, watchMs: 30_000, refusalDelayMs: 0 },
  ...{ offerMs: 15_000, acceptLeaseMs: 60_000, leaseMs: 180_000 },
};
const CALLER = { tokenId: 0, name: '', address: '10.0.0.1', key: 'shared@10.0.0.1', scope: UNLIMITED_SCOPE };

describe('many calls of official runners at the same moment', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  const ownToken = async (name: string, scope: object = {}) =>
    (await issueRunnerToken(world, { name, scope, ranges: [], expires: 0 })).text;

  async function startMany(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) await world.start([aStageDraft()]);
  }

  test('[runner 24] each poll gets a stage of its own, and each acceptance is answered', async () => {
    await startMany(20);
    const machines = Array.from({ length: 25 }, (_, at) =>
      aScriptedRunner(world, { machine: `m-${at % 4}` }),
    );
    const polls = await Promise.all(machines.map((machine) => machine.poll()));
    const ids = polls.flatMap(({ body }) => body.id ?? []);
    assert.deepEqual([ids.length, new Set(ids).size], [20, 20]);
    const taken = await Promise.all(ids.map((id, at) => machines[at]?.accept(id)));
    assert.deepEqual(new Set(taken.map((answer) => answer?.status)), new Set([200]));
    for (const [at, id] of ids.entries()) {
      const stage = await findStageById(world.db, id);
      assert.deepEqual([stage?.leaseKind, stage?.leaseRunner], ['rpc', `m-${at % 4}`]);
      assert.equal(stage?.version, taken[at]?.body.version);
    }
    const names = (await listRunners(world.db)).map(({ name }) => name);
    assert.ok(names.length > 0 && names.every((name) => /^m-\d$/.test(name)), names.join());
  });

  test('machines that accept for the first time are all in the registry afterwards', async () => {
    await startMany(9);
    const machines = Array.from({ length: 3 }, (_, at) => aScriptedRunner(world, { machine: `m-${at}` }));
    const [first, ...others] = machines;
    if (first === undefined) assert.fail();
    await accepted(first);
    const polls = await Promise.all(others.map((machine) => machine.poll()));
    const answers = await Promise.all(others.map((machine, at) => machine.accept(polls[at]?.body.id)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    const stored = await Promise.all(['m-0', 'm-1', 'm-2'].map((name) => findRunner(world.db, name)));
    assert.deepEqual(
      stored.map((runner) => [runner?.types, runner?.platform.os, runner?.version]),
      Array.from({ length: 3 }, () => [['docker'], 'linux', '']),
    );
  });

  test('slots that ask at the same moment are counted together, later ones when nothing is there for them', async () => {
    const registry = createRegistry({ ...world, settings: SETTINGS });
    const filter = readFilter(readWire(Buffer.from(JSON.stringify(DOCKER))));
    const name = provisionalName(CALLER, filter);
    const capacity = async () => (await findRunner(world.db, name))?.capacity;
    const enter = () => registry.enter(CALLER, filter);
    await Promise.all([enter(), enter(), enter()]);
    assert.equal(await capacity(), 3);
    // These may get something: what is written down for each of them would hold up the others.
    const polls = await Promise.all([enter(), enter()]);
    assert.equal(await capacity(), 3);
    await Promise.all(polls.map((poll) => poll.stay()));
    assert.equal(await capacity(), 5);
    for (const poll of polls) poll.leave();
    const back = await enter();
    await back.stay();
    assert.equal(await capacity(), 5);
  });

  test('[W 3] acceptances that come together succeed and fail each for itself', async () => {
    await startMany(6);
    const runner = aScriptedRunner(world);
    const known = await accepted(runner);
    assert.equal(known.id, 1);
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push((await runner.poll()).body.id);
    const stranger = aScriptedRunner(world, { token: await ownToken('stranger') });
    const cancelled = await findStageById(world.db, ids[1]);
    await cancel(world, cancelled?.buildId ?? 0);
    const answers = await Promise.all([
      runner.accept(ids[0]),
      runner.accept(ids[1]),
      stranger.accept(ids[2]),
      runner.accept(999),
      runner.accept(ids[3]),
      runner.accept(ids[3]),
      runner.accept(ids[4], ''),
      runner.accept(ids[4]),
      runner.accept(1),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 409, 409, 404, 200, 200, 400, 200, 200],
    );
    // Of two that take one stage the second one holds it; a repeat counts up too.
    assert.deepEqual([answers[4]?.body.version, answers[5]?.body.version], [2, 3]);
    assert.equal(answers[8]?.body.version, known.version + 1);
    assert.equal((await findStageById(world.db, ids[2]))?.leaseKind, 'rpc-offer');
  });

  test('a runner that is paused between offer and acceptance gets none of them', async () => {
    await startMany(3);
    const runner = aScriptedRunner(world);
    await accepted(runner);
    const ids = [(await runner.poll()).body.id, (await runner.poll()).body.id];
    await pauseRunner(world.db, 'my-host', true);
    const answers = await Promise.all(ids.map((id) => runner.accept(id)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [409, 409],
    );
    assert.deepEqual(
      await Promise.all(ids.map(async (id) => (await findStageById(world.db, id))?.leaseKind)),
      ['', ''],
    );
  });

  test('polls with tokens of different reach share no stage that one of them may not have', async () => {
    await world.start([aStageDraft()], { repo: { namespace: 'open' } });
    await world.start([aStageDraft()], { repo: { namespace: 'closed' } });
    await world.start([aStageDraft()], { repo: { namespace: 'closed' } });
    const token = await ownToken('narrow', { namespaces: ['open'] });
    const narrow = [1, 2, 3].map(() => aScriptedRunner(world, { token }));
    const answers = await Promise.all(narrow.map((runner) => runner.poll()));
    assert.deepEqual(
      answers.flatMap(({ body }) => body.id ?? []),
      [1],
    );
    const wide = await Promise.all([1, 2].map(() => aScriptedRunner(world).poll()));
    assert.deepEqual(wide.map(({ body }) => body.id).sort(), [2, 3]);
  });

  test('[W 2] the stage of a poll whose connection goes while its batch runs goes to another one at once', async () => {
    const leaving = new AbortController();
    const deps = { ...world, settings: SETTINGS, sharedPollMs: undefined };
    const real = createOffers(deps);
    const offers: Offers = async (poll) => {
      const stage = await real(poll);
      if (poll.signal === leaving.signal) leaving.abort();
      return stage;
    };
    const registry = createRegistry(deps);
    const filter = readFilter(readWire(Buffer.from(JSON.stringify(DOCKER))));
    const ask = (signal: AbortSignal) => requestStage({ ...deps, registry, offers }, CALLER, filter, signal);
    await startMany(1);
    const first = ask(leaving.signal);
    const second = ask(new AbortController().signal);
    assert.equal(await first, undefined);
    const stage = await second;
    assert.equal(stage?.id, 1);
    assert.equal((await findStageById(world.db, 1))?.fence, stage?.fence);
  });
});
