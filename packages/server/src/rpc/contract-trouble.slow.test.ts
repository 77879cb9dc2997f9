import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { createFrameCodec } from '@sortie/contract/runner-frames';
import { RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import { AppError } from '@sortie/core/errors';
import type { Lease } from '@sortie/core/runner';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { createRpcWorld, type RpcWorld, SECRET } from './rpc-world.fixture.ts';

const FRAMES = createFrameCodec(crc32);
const RUNNER_ID = randomUUID();
const RUNNER = {
  ...{ name: 'far-away', types: ['docker'], labels: {}, capacity: 2, version: '1.0.0' },
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
};
type Report = readonly [object, Buffer?];

describe('a delivery of reports while the server is in trouble', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld();
  });
  afterEach(() => world.close());

  async function send(path: string, payload: string | Buffer, to = world) {
    const type = Buffer.isBuffer(payload) ? 'application/octet-stream' : 'application/json';
    const headers = { 'x-drone-token': SECRET, 'content-type': type };
    const reply = await to.app.inject({ method: 'POST', url: `${RUNNER_PREFIX}${path}`, headers, payload });
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
    const body: any = /^[{[]/.test(reply.payload) ? reply.json() : undefined;
    return { status: reply.statusCode, body };
  }

  const call = (path: string, body: object) => send(path, JSON.stringify({ runnerId: RUNNER_ID, ...body }));

  function deliver(lease: Lease, reports: readonly Report[], to = world) {
    const head = FRAMES.encode({ kind: 'delivery', runnerId: RUNNER_ID, lease, isLate: false });
    const frames = reports.map(([report, data]) => FRAMES.encode(report, data));
    return send('/reports', Buffer.concat([head, ...frames]), to);
  }

  function pieceOf(stepId: number, offset: number, text: string): Report {
    const bytes = Buffer.from(text);
    return [{ kind: 'log', stepId, offset, checksum: crc32(bytes), marks: [] }, bytes];
  }

  /** A stage at work, and all that there is to report about it. */
  async function atWork() {
    const { build } = await world.start();
    const lease: Lease = (await call('/request', { runner: RUNNER, waitMs: 0 })).body.lease;
    await call('/heartbeat', { lease });
    const stepId: number = (await call('/begin', { lease, steps: [aStep()] })).body[0].id;
    const reports: readonly Report[] = [
      [{ kind: 'step', report: aStepReport(stepId) }],
      pieceOf(stepId, 0, 'one\n'),
      pieceOf(stepId, 4, 'two\n'),
      [{ kind: 'close', stepId, size: 8, checksum: crc32(Buffer.from('one\ntwo\n')) }],
      [{ kind: 'step', report: aStepReport(stepId, { status: 'success' }) }],
      [{ kind: 'finish', report: aStageReport() }],
    ];
    return { build, lease, reports };
  }

  async function isWhole(buildId: number): Promise<void> {
    const stored = await storedBuild(world, buildId);
    const words = [stored.build.status, stored.stage.status, stored.steps.map(({ status }) => status)];
    assert.deepEqual(words, ['success', 'success', ['success']]);
    assert.deepEqual(await storedLog(world, stored), { text: 'one\ntwo\n', isClosed: true });
  }

  test('[W 8] a full disk is 503 for the piece that does not fit, and the delivery goes on from there', async () => {
    const { build, lease, reports } = await atWork();
    const { append } = world.logs;
    let left = 1;
    Object.assign(world.logs, {
      append: async (...given: Parameters<typeof append>) => {
        if (left === 0) throw new AppError('disk-full', 'The disk is full.');
        left -= 1;
        return append(...given);
      },
    });
    for (let again = 0; again < 2; again += 1) {
      left = 1;
      const { status, body } = await deliver(lease, reports);
      assert.deepEqual(
        [status, body.done, body.problem.status, body.problem.code],
        [200, 2, 503, 'disk-full'],
      );
    }
    Object.assign(world.logs, { append });
    assert.deepEqual((await deliver(lease, reports.slice(2))).body, { done: 4 });
    await isWhole(build.id);
  });

  test('[W 8] a database that is locked in the middle is 503, and the same delivery again has its effect once', async () => {
    const { build, lease, reports } = await atWork();
    for (let cut = 1; cut < reports.length; cut += 1) {
      assert.deepEqual((await deliver(lease, reports.slice(0, cut))).body, { done: cut });
      // The server has gone on to the next one, and its database is not there.
      const { queue } = world;
      const { updateStep, finish, appendLog, closeLog } = queue;
      const locked = () => Promise.reject(Object.assign(new Error('database is locked'), { errcode: 5 }));
      Object.assign(queue, { updateStep: locked, finish: locked, appendLog: locked, closeLog: locked });
      const { body } = await deliver(lease, reports.slice(cut));
      Object.assign(queue, { updateStep, finish, appendLog, closeLog });
      assert.deepEqual([body.done, body.problem.status], [0, 503]);
    }
    assert.deepEqual((await deliver(lease, reports)).body, { done: reports.length });
    await isWhole(build.id);
  });

  test('[runner 93] a server that ends in the middle of a delivery gets the whole of it again when it is back', async () => {
    for (let cut = 1; cut <= 6; cut += 1) {
      const { build, lease, reports } = await atWork();
      // It has taken so many of them, and nobody has heard of it.
      await deliver(lease, reports.slice(0, cut));
      const database = { db: world.db, dialect: 'sqlite', close: async () => undefined } as const;
      const restarted = await createRpcWorld({ database, rpc: { nowMs: world.nowMs } });
      Object.assign(restarted.logs, world.logs);
      const { body } = await deliver(lease, reports, restarted);
      assert.deepEqual(body, { done: reports.length });
      await isWhole(build.id);
      await restarted.close();
    }
  });
});
