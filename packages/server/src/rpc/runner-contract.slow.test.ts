import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { createFrameCodec } from '@sortie/contract/runner-frames';
import { RUNNER_CONTRACT_HEADER, RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import type { Lease } from '@sortie/core/runner';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { storedBuild } from '@sortie/testing/queue-views';
import { aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { logKey } from '../logs/log-store.ts';
import { issueRunnerToken } from '../services/runner-tokens.ts';
import { SWEEP_DEFAULTS, sweep } from '../services/sweep.ts';
import { extendLeasesOverOutage } from '../store/runner-leases.ts';
import { createRpcWorld, type RpcWorld, SECRET } from './rpc-world.fixture.ts';

const FRAMES = createFrameCodec(crc32);
const RUNNER = {
  name: 'far-away',
  types: ['docker'],
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  labels: {},
  capacity: 2,
  version: '1.0.0',
};

describe('the contract of our own runners over HTTP', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  async function send(path: string, payload: string | Buffer, type: string, token = SECRET) {
    const headers = { 'x-drone-token': token, 'content-type': type };
    const reply = await world.app.inject({
      method: 'POST',
      url: `${RUNNER_PREFIX}${path}`,
      headers,
      payload,
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
    const body: any = /^[{[]/.test(reply.payload) ? reply.json() : undefined;
    return { status: reply.statusCode, body };
  }

  /** One runner: its identity and its token. */
  function aRunner(token = SECRET, runnerId = randomUUID()) {
    const call = (path: string, body: object) =>
      send(path, JSON.stringify({ runnerId, ...body }), 'application/json', token);
    return {
      runnerId,
      call,
      hello: (held: readonly Lease[] = []) => call('/hello', { runner: RUNNER, held }),
      request: () => call('/request', { runner: RUNNER, waitMs: 0 }),
      heartbeat: (lease: Lease) => call('/heartbeat', { lease }),
      deliver: (lease: Lease, reports: readonly (readonly [object, string?])[], isLate = false) => {
        const head = FRAMES.encode({ kind: 'delivery', runnerId, lease, isLate });
        const frames = reports.map(([report, text = '']) => FRAMES.encode(report, Buffer.from(text)));
        return send('/reports', Buffer.concat([head, ...frames]), 'application/octet-stream', token);
      },
    };
  }

  function pieceOf(stepId: number, offset: number, text: string): readonly [object, string] {
    return [{ kind: 'log', stepId, offset, checksum: crc32(Buffer.from(text)), marks: [] }, text];
  }

  /** A runner that has a stage whose first step runs. */
  async function atWork(runner = aRunner()) {
    const { build, repo } = await world.start();
    const { body: assignment } = await runner.request();
    const lease: Lease = assignment.lease;
    await runner.heartbeat(lease);
    const begun = await runner.call('/begin', { lease, steps: [aStep(), aStep({ number: 2 })] });
    const stepId: number = begun.body[0].id;
    const report = aStepReport(stepId);
    assert.deepEqual((await runner.deliver(lease, [[{ kind: 'step', report }]])).body, { done: 1 });
    const key = logKey({ repoId: repo.id, buildId: build.id, stepId });
    const readLog = async () =>
      Buffer.from((await world.logs.read(key, { fromOffset: 0, maxBytes: 1e6 })).bytes).toString();
    return { runner, build, lease, stepId, key, readLog };
  }

  const statusesOf = async (buildId: number) => {
    const stored = await storedBuild(world, buildId);
    return [stored.build.status, stored.stage.status, ...stored.steps.map(({ status }) => status)];
  };

  it('is announced to whoever pings, and asks for the token of a runner', async () => {
    const { headers } = await world.call('POST', '/ping');
    assert.equal(headers[RUNNER_CONTRACT_HEADER], '1');
    assert.equal((await aRunner('wrong').hello()).status, 401);
    assert.equal((await aRunner().hello()).status, 204);
  });

  it('runs a stage from the request to its end, each report once however often it is sent', async () => {
    const { runner, build, lease, stepId, readLog } = await atWork();
    const ended = aStepReport(stepId, { status: 'failure', exitCode: 3, reason: 'exit' });
    const reports = [
      pieceOf(stepId, 0, 'one\n'),
      pieceOf(stepId, 4, 'two'),
      [{ kind: 'close', stepId, size: 7, checksum: crc32(Buffer.from('one\ntwo')) }],
      [{ kind: 'step', report: ended }],
      [{ kind: 'finish', report: aStageReport({ status: 'failure' }) }],
    ] as const;
    assert.deepEqual((await runner.deliver(lease, reports.slice(0, 3))).body, { done: 3 });
    assert.deepEqual((await runner.deliver(lease, reports)).body, { done: 5 });
    // The answer to the end was lost: what is sent again is the whole of it.
    assert.deepEqual((await runner.deliver(lease, reports)).body, { done: 5 });
    assert.equal((await runner.deliver(lease, reports.slice(0, 4))).body.problem.code, 'lease-lost');
    assert.equal(await readLog(), 'one\ntwo');
    assert.deepEqual(await statusesOf(build.id), ['failure', 'failure', 'failure', 'skipped']);
    const { steps } = await storedBuild(world, build.id);
    assert.deepEqual(
      steps.map(({ reason }) => reason),
      ['exit', ''],
    );
  });

  it('gives a stage back whose hand-out nobody confirms, without counting an attempt', async () => {
    const { build } = await world.start();
    const first = await aRunner().request();
    assert.equal((await aRunner().request()).status, 204);
    world.advance(20_000);
    await sweep(world);
    const again = await aRunner().request();
    assert.equal(again.body.lease.stageId, first.body.lease.stageId);
    assert.equal(again.body.lease.attempt, 1);
    assert.equal((await storedBuild(world, build.id)).stage.status, 'pending');
  });

  it('closes a log only when it is that of the runner by size and checksum, and asks for an end that is lost', async () => {
    const { runner, lease, stepId } = await atWork();
    const close = [{ kind: 'close', stepId, size: 9, checksum: 1 }] as const;
    const { body } = await runner.deliver(lease, [pieceOf(stepId, 0, 'abc'), close]);
    assert.equal(body.done, 1);
    assert.equal(body.problem.code, 'log-gap');
    for (const [size, checksum] of [
      [3, 1],
      [2, crc32(Buffer.from('ab'))],
    ]) {
      const other = [{ kind: 'close', stepId, size, checksum }] as const;
      assert.equal((await runner.deliver(lease, [other])).body.problem.code, 'log-checksum');
    }
    const right = [{ kind: 'close', stepId, size: 3, checksum: crc32(Buffer.from('abc')) }] as const;
    assert.deepEqual((await runner.deliver(lease, [right])).body, { done: 1 });
  });

  it('refuses what is another runner’s, also with the same token, and changes nothing', async () => {
    const { build, lease, stepId, readLog } = await atWork();
    const other = aRunner();
    const finish = [{ kind: 'finish', report: aStageReport() }] as const;
    const answers = [
      await other.heartbeat(lease),
      await other.call('/watch', { lease }),
      await other.call('/begin', { lease, steps: [] }),
      await other.deliver(lease, [pieceOf(stepId, 0, 'foreign')]),
      await other.deliver(lease, [pieceOf(stepId, 0, 'foreign')], true),
      await other.deliver(lease, [finish]),
      await other.deliver({ ...lease, fence: lease.fence + 1 }, [finish]),
    ];
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      answers.map(() => [409, 'lease-lost']),
    );
    assert.equal(await readLog(), '');
    assert.deepEqual(await statusesOf(build.id), ['running', 'running', 'running', 'pending']);
  });

  it('refuses what is no report, with the reason and without an effect', async () => {
    const { runner, build, lease, stepId } = await atWork();
    const bodies = [
      Buffer.alloc(0),
      Buffer.from('{}'),
      FRAMES.encode({ kind: 'delivery', runnerId: runner.runnerId, lease, isLate: 'no' }),
      Buffer.concat([
        FRAMES.encode({ kind: 'delivery', runnerId: runner.runnerId, lease, isLate: false }),
        FRAMES.encode({ kind: 'step', report: { stepId, status: 'great' } }),
      ]),
      FRAMES.encode({ kind: 'delivery', runnerId: runner.runnerId, lease, isLate: false }).subarray(0, 40),
    ];
    for (const body of bodies) {
      const answer = await send('/reports', body, 'application/octet-stream');
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid-request']);
    }
    for (const body of ['{', '[]', '{"runnerId":"x"}', '{"lease":{"stageId":-1}}']) {
      assert.equal((await send('/heartbeat', body, 'application/json')).status, 400);
    }
    const changed = pieceOf(stepId, 0, 'abc');
    const { body } = await runner.deliver(lease, [[{ ...changed[0], checksum: 1 }, 'abc']]);
    assert.equal(body.problem.code, 'log-checksum');
    assert.deepEqual(await statusesOf(build.id), ['running', 'running', 'running', 'pending']);
  });

  it('takes the log of a lost stage for a day, in place of the line that said it was lost', async () => {
    const { runner, lease, stepId, build, readLog } = await atWork();
    await runner.deliver(lease, [pieceOf(stepId, 0, 'one\ntw')]);
    world.advance(200_000);
    await sweep(world);
    await sweep(world);
    assert.equal(await readLog(), 'one\ntw\n[runner lost: the log ends here]\n');
    assert.equal((await storedBuild(world, build.id)).steps[0]?.reason, 'runner-lost');
    const late = [pieceOf(stepId, 4, 'two\n'), pieceOf(stepId, 8, 'three\n')];
    assert.equal((await runner.deliver(lease, late)).body.problem.code, 'lease-lost');
    for (let again = 0; again < 2; again += 1) {
      assert.deepEqual((await runner.deliver(lease, late, true)).body, { done: 2 });
      assert.equal(await readLog(), 'one\ntwo\nthree\n');
    }
    const end = [{ kind: 'finish', report: aStageReport() }] as const;
    await runner.deliver(lease, [end], true);
    assert.equal((await storedBuild(world, build.id)).stage.status, 'error');
    world.advance(25 * 3_600_000);
    await runner.deliver(lease, [pieceOf(stepId, 14, 'too late\n')], true);
    assert.equal(await readLog(), 'one\ntwo\nthree\n');
  });

  it('[W 5] loses what a new process does not hold any more at its greeting, and keeps what it does hold', async () => {
    const runner = aRunner();
    const { lease, build } = await atWork(runner);
    await runner.hello([lease]);
    await sweep(world);
    assert.equal((await storedBuild(world, build.id)).stage.status, 'running');
    await aRunner(SECRET).hello([]);
    await sweep(world);
    assert.equal((await storedBuild(world, build.id)).stage.status, 'running');
    await runner.hello([]);
    await sweep(world);
    const { stage, steps } = await storedBuild(world, build.id);
    assert.deepEqual([stage.status, stage.error, steps[0]?.reason], ['error', 'runner lost', 'runner-lost']);
  });

  it('does not hold the silence of an outage against a runner', async () => {
    const { runner, lease, build } = await atWork();
    world.advance(3_600_000);
    assert.equal(await extendLeasesOverOutage(world.db, 'runner', world.nowMs() + 90_000), 1);
    await sweep(world);
    assert.equal((await storedBuild(world, build.id)).stage.status, 'running');
    assert.deepEqual((await runner.heartbeat(lease)).body, { isCancelled: false });
    world.advance(7_200_000);
    await extendLeasesOverOutage(world.db, 'runner', world.nowMs() + 90_000);
    await sweep(world, { ...SWEEP_DEFAULTS, graceMs: Number.POSITIVE_INFINITY });
    const end = [{ kind: 'finish', report: aStageReport() }] as const;
    assert.deepEqual((await runner.deliver(lease, [end])).body, { done: 1 });
    assert.equal((await storedBuild(world, build.id)).build.status, 'success');
  });

  it('[W 29] offers nothing that the token does not cover', async () => {
    const wish = { name: 'narrow', scope: { namespaces: ['nobody'] }, ranges: [], expires: 0 };
    const { text } = await issueRunnerToken(world, wish);
    await world.start([aStageDraft()]);
    assert.equal((await aRunner(text).request()).status, 204);
    assert.equal((await aRunner().request()).status, 200);
  });
});
