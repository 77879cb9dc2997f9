import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { createFrameCodec } from '@sortie/contract/runner-frames';
import { RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import type { Lease } from '@sortie/core/runner';
import { isDone } from '@sortie/core/status';
import { storedBuild } from '@sortie/testing/queue-views';
import { aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { type ClockWatch, createClockWatch } from '../services/clock-watch.ts';
import { SWEEP_DEFAULTS, sweep } from '../services/sweep.ts';
import { findStageById } from '../store/stages.ts';
import {
  accepted,
  aScriptedRunner,
  atWork,
  createRpcWorld,
  type RpcWorld,
  SECRET,
} from './rpc-world.fixture.ts';

const HOUR_MS = 3_600_000;
const LEASES = { '': 90_000, runner: 90_000, rpc: 180_000, 'rpc-offer': 15_000 };
const FRAMES = createFrameCodec(crc32);
const RUNNER = {
  ...{ name: 'far-away', types: ['docker'], labels: {}, capacity: 2, version: '1.0.0' },
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
};
const JUMPS = [
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
] as const;

describe('a clock of the server that is put forward or back by an hour', () => {
  let world: RpcWorld;
  let elapsedMs: number;
  let watch: ClockWatch;
  beforeEach(async () => {
    world = await createRpcWorld({ env: { SORTIE_RPC_WATCH: '1ms' } });
    elapsedMs = 0;
    watch = createClockWatch({
      db: world.db,
      nowMs: world.nowMs,
      elapsedMs: () => elapsedMs,
      leaseMs: LEASES,
      everyMs: 10_000,
    });
    await tidy();
  });
  afterEach(() => world.close());

  const tidy = () => watch.run((jumps) => sweep(world, { ...SWEEP_DEFAULTS, jumps }));

  /** Time goes on for everybody, with a pass of the sweep every ten seconds and `each` before it. */
  async function pass(seconds: number, each: () => Promise<unknown> = async () => undefined): Promise<void> {
    for (let left = seconds; left > 0; left -= 10) {
      world.advance(10_000);
      elapsedMs += 10_000;
      await each();
      await tidy();
    }
  }

  async function stageOf(buildId: number) {
    const stage = await findStageById(world.db, (await storedBuild(world, buildId)).stage.id);
    assert.ok(stage);
    return stage;
  }

  /** A runner of ours. */
  function aRunner() {
    const runnerId = randomUUID();
    const send = async (path: string, payload: string | Buffer, type: string) => {
      const headers = { 'x-drone-token': SECRET, 'content-type': type };
      const url = `${RUNNER_PREFIX}${path}`;
      const reply = await world.app.inject({ method: 'POST', url, headers, payload });
      // biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
      const body: any = /^[{[]/.test(reply.payload) ? reply.json() : undefined;
      return { status: reply.statusCode, body };
    };
    const call = (path: string, body: object) =>
      send(path, JSON.stringify({ runnerId, ...body }), 'application/json');
    return {
      call,
      request: () => call('/request', { runner: RUNNER, waitMs: 0 }),
      beat: (lease: Lease) => call('/heartbeat', { lease }),
      deliver: (lease: Lease, ...reports: readonly object[]) => {
        const head = FRAMES.encode({ kind: 'delivery', runnerId, lease, isLate: false });
        const frames = reports.map((report) => FRAMES.encode(report));
        return send('/reports', Buffer.concat([head, ...frames]), 'application/octet-stream');
      },
    };
  }

  /** A stage of which a runner of ours has begun the first step. */
  async function begun() {
    const { build } = await world.start();
    const runner = aRunner();
    const lease: Lease = (await runner.request()).body.lease;
    await runner.beat(lease);
    const stepId: number = (await runner.call('/begin', { lease, steps: [aStep()] })).body[0].id;
    await runner.deliver(lease, { kind: 'step', report: aStepReport(stepId) });
    return { build, runner, lease, stepId };
  }

  for (const [way, byMs] of JUMPS) {
    it(`[W 5] takes no stage from a runner of ours that goes on (${way})`, async () => {
      const { build, runner, lease } = await begun();
      const beat = async () => assert.deepEqual((await runner.beat(lease)).body, { isCancelled: false });
      await pass(60, beat);
      world.advance(byMs);
      await tidy();
      await pass(600, beat);
      const end = await runner.deliver(lease, { kind: 'finish', report: aStageReport() });
      assert.deepEqual(end.body, { done: 1 });
      assert.equal((await storedBuild(world, build.id)).build.status, 'success');
    });

    it(`[W 5] [W 31] takes no stage from an official runner that watches (${way})`, async () => {
      const { build } = await world.start();
      const runner = aScriptedRunner(world);
      const { stage, step } = await atWork(runner);
      await pass(420, () => runner.watch(build.id));
      world.advance(byMs);
      await tidy();
      await pass(600, async () => assert.equal((await runner.watch(build.id)).status, 204));
      const done = (await runner.putStep(step.id, { ...step, status: 'success' })).body;
      const end = await runner.putStage(stage.id, { ...stage, status: 'success', steps: [done] });
      assert.equal(end.status, 200, end.text);
    });

    it(`[W 4] [W 5] ends what nobody runs any more as soon as ever (${way})`, async () => {
      const { build: mine } = await begun();
      const { build: theirs } = await world.start();
      await atWork(aScriptedRunner(world));
      world.advance(byMs);
      await pass(300);
      for (const { id } of [mine, theirs]) {
        const stage = await stageOf(id);
        assert.deepEqual([stage.status, stage.error], ['error', 'runner lost']);
      }
    });

    it(`[W 2] [W 4] offers again what was offered, or accepted, and is not begun (${way})`, async () => {
      const { build: offered } = await world.start();
      await aRunner().request();
      const { build: taken } = await world.start();
      await accepted(aScriptedRunner(world));
      world.advance(byMs);
      await pass(30);
      const [first, second] = [await stageOf(offered.id), await stageOf(taken.id)];
      assert.deepEqual([first.status, first.attempt, first.leaseRunner], ['pending', 1, '']);
      assert.ok(second.status === 'pending' && second.attempt <= 2);
      await pass(200);
      const { attempt, leaseRunner } = await stageOf(taken.id);
      assert.deepEqual([attempt, leaseRunner], [2, '']);
      const lease: Lease = (await aRunner().request()).body.lease;
      assert.equal(lease.stageId, first.id);
    });

    it(`[W 31] still ends a stage over its time limit (${way})`, async () => {
      const { runner, lease, build } = await begun();
      world.advance(byMs);
      const most = 65 * 60 + 60 + (byMs < 0 ? HOUR_MS / 1000 : 0);
      await pass(64 * 60, () => runner.beat(lease));
      assert.equal((await stageOf(build.id)).status, 'running');
      await pass(most - 64 * 60, () => runner.beat(lease));
      assert.ok(isDone((await stageOf(build.id)).status));
    });
  }

  it('keeps every end behind its beginning, wherever the clocks of server and runner are', async () => {
    for (const [, byMs] of JUMPS) {
      const { runner, lease, build, stepId } = await begun();
      world.advance(byMs);
      const { started } = (await storedBuild(world, build.id)).stage;
      const wrong = { started: started + 7200, stopped: started - 7200 };
      const report = { ...aStepReport(stepId, { status: 'success' }), ...wrong };
      const end = { ...aStageReport(), ...wrong };
      const reply = await runner.deliver(lease, { kind: 'step', report }, { kind: 'finish', report: end });
      assert.deepEqual(reply.body, { done: 2 });
      const { stage, steps } = await storedBuild(world, build.id);
      for (const timed of [stage, ...steps]) {
        assert.ok(timed.started <= timed.stopped, JSON.stringify(timed));
        assert.ok(timed.stopped <= Math.max(started, world.now()), JSON.stringify(timed));
      }
    }
  });

  it('forgives the silence while the process stood still', async () => {
    const { runner, lease, build } = await begun();
    await pass(20, () => runner.beat(lease));
    world.advance(120_000);
    elapsedMs += 120_000;
    await tidy();
    assert.equal((await stageOf(build.id)).status, 'running');
    assert.equal((await runner.beat(lease)).status, 200);
    await pass(300);
    assert.equal((await stageOf(build.id)).error, 'runner lost');
  });

  it('loses and doubles nothing, and ends everything, however often it jumps', async () => {
    const lives = [await begun(), await begun(), await begun()];
    const { build: dead } = await begun();
    for (let round = 0; round < 12; round += 1) {
      world.advance([HOUR_MS, -HOUR_MS, -HOUR_MS, HOUR_MS][round % 4] ?? 0);
      await pass(100, async () => {
        for (const { runner, lease } of lives) assert.equal((await runner.beat(lease)).status, 200);
      });
    }
    for (const { runner, lease, build } of lives) {
      const end = await runner.deliver(lease, { kind: 'finish', report: aStageReport() });
      assert.deepEqual(end.body, { done: 1 });
      assert.equal((await storedBuild(world, build.id)).build.status, 'success');
    }
    await pass(300);
    assert.equal((await storedBuild(world, dead.id)).build.status, 'error');
  });
});
