import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { storedBuild } from '@sortie/testing/queue-views';
import { issueRunnerToken } from '../services/runner-tokens.ts';
import { sweep } from '../services/sweep.ts';
import { expireLeasesOfRunner } from '../store/leases.ts';
import { findStageById } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  createRpcWorld,
  type RpcWorld,
  running,
  statuses,
} from './rpc-world.fixture.ts';

describe('leases of official runners', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  const ownToken = async (name: string) =>
    (await issueRunnerToken(world, { name, scope: {}, ranges: [], expires: 0 })).text;

  /** Lets time pass as the server sees it, with a sweep every ten seconds. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 10) {
      world.advance(Math.min(10, left) * 1000);
      await sweep(world);
    }
  }

  test('[runner 90] [W 31] a stage over its time limit is cancelled by the server although its runner watches', async () => {
    const { build } = await world.start([aStageDraft()], { repo: { timeoutMinutes: 1 } });
    const runner = aScriptedRunner(world);
    await atWork(runner);
    for (let minute = 0; minute < 6; minute += 1) {
      await pass(60);
      await runner.watch(build.id);
    }
    await pass(10);
    assert.equal((await storedBuild(world, build.id)).build.status, 'killed');
    assert.equal((await runner.watch(build.id)).status, 200);
  });

  test('[runner 91] [W 4] a runner that accepts and falls silent loses the stage within two minutes', async () => {
    const { build } = await world.start();
    const zombie = aScriptedRunner(world);
    const stage = await accepted(zombie);
    await pass(70);
    const { stage: requeued } = await storedBuild(world, build.id);
    assert.deepEqual([requeued.status, requeued.attempt, requeued.machine], ['pending', 2, '']);
    assert.ok(requeued.version > stage.version);
    assert.equal((await zombie.putStage(1, { ...stage, status: 'running', steps: [] })).status, 409);
    assert.equal((await zombie.details(1)).status, 409);
    assert.equal((await zombie.watch(build.id)).status, 200);
    const other = aScriptedRunner(world, { machine: 'other', address: '10.0.0.2' });
    const { stage: ran, step } = await atWork(other);
    const done = (await other.putStep(step.id, { ...step, status: 'success' })).body;
    assert.equal((await other.putStage(1, { ...ran, status: 'success', steps: [done] })).status, 200);
    assert.deepEqual(await statuses(world, build), ['success', 'success', 'success']);
  });

  test('[runner 91] a stage that no runner survives is an error after three attempts', async () => {
    const { build } = await world.start();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await accepted(aScriptedRunner(world));
      await pass(70);
    }
    const { stage } = await storedBuild(world, build.id);
    assert.deepEqual([stage.status, stage.error], ['error', 'runner lost']);
  });

  test('a watch keeps a stage that has not begun', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world);
    const stage = await accepted(runner);
    for (let minute = 0; minute < 5; minute += 1) {
      assert.equal((await runner.watch(build.id)).status, 204);
      await pass(60);
    }
    assert.equal((await runner.putStage(1, { ...stage, status: 'running', steps: [] })).status, 200);
  });

  test('[runner 92] [W 5] a runner that falls silent at work is lost within four minutes, and its build ends', async () => {
    const { build } = await world.start([
      aStageDraft(),
      aStageDraft({ number: 2, name: 'b', dependsOn: ['default'] }),
    ]);
    const runner = aScriptedRunner(world);
    const { stage, step } = await atWork(runner, 2);
    await pass(160);
    assert.equal((await findStageById(world.db, 1))?.status, 'running');
    await pass(40);
    const stored = await storedBuild(world, build.id);
    assert.deepEqual([stored.build.status, stored.stage.error], ['error', 'runner lost']);
    assert.deepEqual(
      stored.steps.map(({ status, error }) => [status, error]),
      [
        ['error', 'runner lost'],
        ['skipped', ''],
      ],
    );
    assert.equal((await runner.putStep(1, { ...step, status: 'success' })).status, 409);
    assert.equal((await runner.putStage(1, { ...stage, status: 'success' })).status, 409);
    assert.equal((await runner.watch(build.id)).status, 200);
    assert.equal((await storedBuild(world, build.id)).build.status, 'error');
  });

  test('[runner 93] a restart of the server for a minute takes no stage away', async () => {
    const { build } = await world.start();
    const { stage, step } = await atWork(aScriptedRunner(world));
    world.advance(60_000);
    const database = { db: world.db, dialect: 'sqlite', close: async () => undefined } as const;
    const restarted = await createRpcWorld({ database, rpc: { nowMs: world.nowMs } });
    // The runner inside the server has the name of the machine as well.
    await expireLeasesOfRunner(world.db, 'my-host');
    await sweep(world);
    const runner = aScriptedRunner(restarted);
    assert.equal((await runner.watch(build.id)).status, 204);
    await pass(100);
    const done = await runner.putStep(1, { ...step, status: 'success' });
    assert.equal(done.status, 200);
    assert.equal((await runner.putStage(1, { ...stage, status: 'success', steps: [done.body] })).status, 200);
    assert.deepEqual(await statuses(world, build), ['success', 'success', 'success']);
    await restarted.close();
  });

  test('[W 5] a runner with a token of its own that starts anew has lost its stage within seconds of silence', async () => {
    const { build } = await world.start();
    const runner = aScriptedRunner(world, { token: await ownToken('one') });
    await atWork(runner);
    await runner.watch(build.id);
    world.advance(5_000);
    await runner.ping();
    await pass(50);
    assert.equal((await findStageById(world.db, 1))?.status, 'running');
    await pass(20);
    assert.equal((await findStageById(world.db, 1))?.error, 'runner lost');
  });

  test('a runner that is heard of keeps a stage that it seems not to watch, until it starts anew', async () => {
    await world.start();
    const runner = aScriptedRunner(world);
    await atWork(runner);
    for (let minute = 0; minute < 5; minute += 1) {
      await pass(60);
      await runner.poll();
    }
    assert.equal((await findStageById(world.db, 1))?.status, 'running');
    await runner.ping();
    for (let minute = 0; minute < 3; minute += 1) {
      await pass(60);
      await runner.poll();
    }
    assert.equal((await findStageById(world.db, 1))?.error, 'runner lost');
  });

  test('with fewer watches than stages of a build only those last heard of go on', async () => {
    const { build } = await world.start([aStageDraft(), aStageDraft({ number: 2, name: 'b' })]);
    const runner = aScriptedRunner(world);
    const [one, two] = [await running(runner), await running(runner)];
    world.advance(1_000);
    await runner.putStage(one.id, { ...one, status: 'running' });
    for (let minute = 0; minute < 4; minute += 1) {
      await runner.watch(build.id);
      await pass(60);
    }
    assert.equal((await findStageById(world.db, one.id))?.attempt, 1);
    assert.equal((await findStageById(world.db, two.id))?.attempt, 2);
  });
});
