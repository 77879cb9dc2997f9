import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { crc32, gzipSync } from 'node:zlib';
import { createFrameCodec } from '@sortie/contract/runner-frames';
import { RUNNER_PREFIX } from '@sortie/contract/runner-wire';
import type { Lease } from '@sortie/core/runner';
import { UNLIMITED_SCOPE } from '@sortie/core/runner-token';
import { storedBuild, storedLog } from '@sortie/testing/queue-views';
import { aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { hashSecret } from '../auth/secret-text.ts';
import { insertRunnerToken } from '../store/runner-tokens.ts';
import { findRunner } from '../store/runners.ts';
import { createRpcWorld, type RpcWorld } from './rpc-world.fixture.ts';

const FRAMES = createFrameCodec(crc32);
const BINARY = 'application/octet-stream';
const RUNNER = {
  ...{ name: 'far-away', types: ['docker'], labels: {}, capacity: 2, version: '1.0.0' },
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
};
const TABLES = [
  ...(['repos', 'builds', 'stages', 'steps', 'logs', 'events', 'outbox', 'rpc_leases'] as const),
  ...(['audit', 'deliveries', 'runner_tokens', 'rpc_replays'] as const),
] as const;

describe('a hostile runner of the contract of ours', () => {
  let world: RpcWorld;
  beforeEach(async () => {
    world = await createRpcWorld({ env: { DRONE_RPC_SECRET: '', SORTIE_RATE_LIMIT_FAILURES: '0' } });
    for (const name of ['owner', 'thief', 'narrow']) {
      await insertRunnerToken(world.db, {
        ...{ name, hash: hashSecret(name), prefix: name, expires: 0, ranges: [], created: world.now() },
        ...UNLIMITED_SCOPE,
        ...(name === 'narrow' ? { repos: ['elsewhere/*'] } : {}),
      });
    }
  });
  afterEach(() => world.close());

  async function send(path: string, payload: string | Buffer, token: string, headers: object = {}) {
    const type = Buffer.isBuffer(payload) ? BINARY : 'application/json';
    const reply = await world.app.inject({
      ...{ method: 'POST', url: `${RUNNER_PREFIX}${path}`, payload },
      headers: { 'x-drone-token': token, 'content-type': type, ...headers },
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
    const body: any = /^[{[]/.test(reply.payload) ? reply.json() : undefined;
    return { status: reply.statusCode, body };
  }

  function aRunner(token: string, runnerId: string = randomUUID()) {
    const call = (path: string, body: object) => send(path, JSON.stringify({ runnerId, ...body }), token);
    const encode = (lease: object, isLate: boolean, reports: readonly (readonly [unknown, Buffer?])[]) =>
      Buffer.concat([
        FRAMES.encode({ kind: 'delivery', runnerId, lease, isLate }),
        ...reports.map(([head, data]) => FRAMES.encode(head, data)),
      ]);
    return {
      ...{ runnerId, token, call, encode },
      request: () => call('/request', { runner: RUNNER, waitMs: 0 }),
      deliver: (lease: object, isLate: boolean, ...reports: readonly (readonly [unknown, Buffer?])[]) =>
        send('/reports', encode(lease, isLate, reports), token),
    };
  }
  type Runner = ReturnType<typeof aRunner>;

  function pieceOf(stepId: number, text: string, patch: object = {}): readonly [unknown, Buffer] {
    const bytes = Buffer.from(text);
    return [{ kind: 'log', stepId, offset: 0, checksum: crc32(bytes), marks: [], ...patch }, bytes];
  }

  async function atWork(runner: Runner) {
    const { build } = await world.start();
    const lease: Lease = (await runner.request()).body.lease;
    await runner.call('/heartbeat', { lease });
    const stepId: number = (await runner.call('/begin', { lease, steps: [aStep()] })).body[0].id;
    const begun = [{ kind: 'step', report: aStepReport(stepId) }] as const;
    await runner.deliver(lease, false, begun, pieceOf(stepId, 'true\n'));
    return { build, lease, stepId };
  }

  /** Everything that is known of builds. */
  async function dump(buildId: number): Promise<string> {
    const parts: unknown[] = [await storedLog(world, await storedBuild(world, buildId))];
    for (const name of TABLES) parts.push(name, await world.db.selectFrom(name).selectAll().execute());
    return JSON.stringify(parts, (key, value) => (key.startsWith('last_') ? '' : value));
  }

  const everyReport = (stepId: number) =>
    [
      [{ kind: 'step', report: aStepReport(stepId, { status: 'success' }) }],
      pieceOf(stepId, 'true\nforged\n'),
      [{ kind: 'close', stepId, size: 5, checksum: crc32(Buffer.from('true\n')) }],
      [{ kind: 'finish', report: aStageReport() }],
    ] as const;

  test('no call about a stage of another runner, or with another number of its lease, changes anything', async () => {
    const owner = aRunner('owner');
    const { build, lease, stepId } = await atWork(owner);
    const before = await dump(build.id);
    assert.ok(before.includes('true\\n'));
    const liars = [aRunner('thief'), aRunner('narrow'), aRunner('thief', owner.runnerId), aRunner('owner')];
    const wrong = [
      { ...lease, fence: lease.fence + 1 },
      { ...lease, fence: 0 },
      { ...lease, attempt: lease.attempt + 1 },
      { ...lease, stageId: lease.stageId + 1 },
      { stageId: Number.MAX_SAFE_INTEGER, attempt: Number.MAX_SAFE_INTEGER, fence: Number.MAX_SAFE_INTEGER },
    ];
    const tries = [...liars.map((by) => [by, lease] as const), ...wrong.map((of) => [owner, of] as const)];
    for (const [by, of] of tries) {
      const calls = [
        await by.call('/heartbeat', { lease: of }),
        await by.call('/watch', { lease: of }),
        await by.call('/begin', { lease: of, steps: [aStep()] }),
      ];
      for (const report of everyReport(stepId)) {
        for (const isLate of [false, true]) calls.push(await by.deliver(of, isLate, report));
      }
      for (const { status, body } of calls) {
        assert.ok(status === 409 && body.code === 'lease-lost', JSON.stringify([of, status, body]));
      }
    }
    for (const by of liars) await by.call('/hello', { runner: RUNNER, held: [] });
    assert.equal(await dump(build.id), before);
    assert.deepEqual(world.failures, []);
  });

  test('steps and logs of other stages are not reached through a lease of its own', async () => {
    const { build, stepId } = await atWork(aRunner('owner'));
    const thief = aRunner('thief');
    const own = await atWork(thief);
    const before = await storedBuild(world, build.id);
    const [step, log, close] = everyReport(stepId);
    for (const report of [step, log]) {
      const { status, body } = await thief.deliver(own.lease, false, report);
      assert.equal(status, 200);
      assert.deepEqual([body.done, body.problem.status < 500], [0, true], JSON.stringify(body));
    }
    const { body } = await thief.deliver(own.lease, false, close);
    assert.ok(body.problem.status < 500, JSON.stringify(body));
    await thief.deliver(own.lease, true, log);
    assert.deepEqual(await storedBuild(world, build.id), before);
    assert.ok(!JSON.stringify(await storedLog(world, before)).includes('forged'));
    assert.deepEqual(world.failures, []);
  });

  test('a token of one repository is offered nothing of others', async () => {
    await world.start();
    assert.equal((await aRunner('narrow').request()).status, 204);
  });

  test('after the end of a stage nothing is taken, and late logs do not touch a closed one', async () => {
    const owner = aRunner('owner');
    const { build, lease, stepId } = await atWork(owner);
    const [step, , close, finish] = everyReport(stepId);
    assert.deepEqual((await owner.deliver(lease, false, close, step, finish)).body, { done: 3 });
    const before = await storedBuild(world, build.id);
    for (const report of [step, close, ...everyReport(stepId)]) await owner.deliver(lease, false, report);
    assert.equal((await owner.call('/begin', { lease, steps: [aStep()] })).status, 409);
    assert.equal((await owner.call('/heartbeat', { lease })).status, 409);
    assert.deepEqual(await storedBuild(world, build.id), before);
    assert.deepEqual(world.failures, []);
  });

  test('what is no delivery is refused: too many frames, packed ones, numbers out of range', async () => {
    const owner = aRunner('owner');
    const { build, lease, stepId } = await atWork(owner);
    const before = await dump(build.id);
    const small = FRAMES.encode(1);
    const flood = Buffer.alloc(small.length * 1_000_000, small);
    const sound = owner.encode(lease, false, [pieceOf(stepId, 'true\nmore\n')]);
    const broken = Buffer.from(sound);
    broken.writeUInt8(broken.at(-1) === 0 ? 1 : 0, broken.length - 1);
    const huge = Buffer.from(sound);
    huge.writeUInt32LE(0xffffffff, 4);
    const started = performance.now();
    const bodies = [Buffer.concat([owner.encode(lease, false, []), flood]), broken, huge, Buffer.alloc(40)];
    for (const body of bodies) assert.equal((await send('/reports', body, 'owner')).status, 400);
    // A million frames would be read for seconds, during which nobody else is served.
    assert.ok(performance.now() - started < 5_000);
    const packed = gzipSync(Buffer.alloc(50_000_000));
    for (const headers of [{ 'content-encoding': 'gzip' }, {}]) {
      assert.ok([400, 415].includes((await send('/reports', packed, 'owner', headers)).status));
    }
    const numbers = [-1, 0.5, 1e300, 2 ** 53, null, 'NaN', '1'];
    const marks = numbers.map((second) => [{ line: 0, offset: 0, second }]);
    const reports = [
      ...numbers.map((offset) => pieceOf(stepId, 'x', { offset })),
      ...numbers.map((id) => pieceOf(0, 'x', { stepId: id })),
      ...marks.map((list) => pieceOf(stepId, 'x', { marks: list })),
    ];
    for (const report of reports) {
      const { status, body } = await owner.deliver(lease, false, report);
      assert.equal(status, 400, JSON.stringify([report[0], body]));
    }
    for (const number of numbers) {
      const { status } = await owner.call('/heartbeat', { lease: { ...lease, fence: number } });
      assert.equal(status, 400, `${number}`);
    }
    assert.equal(await dump(build.id), before);
    assert.deepEqual(world.failures, []);
  });

  test('lines can be read whatever marks it has sent with them', async () => {
    const owner = aRunner('owner');
    const { build, lease, stepId } = await atWork(owner);
    const marks = [
      { line: 900, offset: 2 ** 50, second: 7 },
      { line: 0, offset: 5, second: 2 ** 40 },
      { line: 2 ** 40, offset: 0, second: 1 },
    ];
    const { body } = await owner.deliver(lease, false, pieceOf(stepId, 'two\nthree\n', { offset: 5, marks }));
    const { repoId } = (await storedBuild(world, build.id)).build;
    const key = `${repoId}/${build.id}/${stepId}`;
    const lines = await world.logs.readLines(key, { fromLine: 0, limit: 10 });
    assert.deepEqual(body, { done: 1 });
    assert.deepEqual(
      lines.map(({ out }) => out),
      ['true\n', 'two\n', 'three\n'],
    );
  });

  test('deliveries that never end hold no more memory than one token may have, and nobody else up', async () => {
    const owner = aRunner('owner');
    const { lease, stepId } = await atWork(owner);
    await world.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = world.app.server.address() as AddressInfo;
    const head = `POST ${RUNNER_PREFIX}/reports HTTP/1.1\r\nhost: x\r\nx-drone-token: thief\r\ncontent-type: ${BINARY}\r\n`;
    const open = () => connect(port, '127.0.0.1').on('error', () => undefined);
    const sockets = Array.from({ length: 4 }, open);
    for (const socket of sockets) {
      socket.write(`${head}content-length: ${32 * 2 ** 20}\r\nexpect: 100-continue\r\n\r\n`);
      // The head has been read, and with it what it announces has been taken into account.
      await once(socket, 'data');
    }
    const one = async () => (await aRunner('thief').deliver(lease, false, pieceOf(stepId, 'x'))).status;
    assert.equal(await one(), 503);
    assert.deepEqual((await owner.deliver(lease, false, pieceOf(stepId, 'true\n'))).body, { done: 1 });
    for (const socket of sockets) socket.destroy();
    while ((await one()) === 503) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await one(), 409);
  });

  test('a NUL in a text is refused in names and replaced in errors, and labels are not longer than they may be', async () => {
    const owner = aRunner('owner');
    for (const runner of [
      { ...RUNNER, name: 'a\0b' },
      { ...RUNNER, labels: { ['k'.repeat(101)]: 'v' } },
      { ...RUNNER, labels: { k: 'v'.repeat(201) } },
      { ...RUNNER, labels: { k: 'a\0b' } },
      { ...RUNNER, types: ['a\0b'] },
      { ...RUNNER, platform: { ...RUNNER.platform, os: '\0' } },
    ]) {
      assert.equal((await owner.call('/hello', { runner, held: [] })).status, 400, JSON.stringify(runner));
      assert.equal((await owner.call('/request', { runner, waitMs: 0 })).status, 400);
    }
    assert.equal(await findRunner(world.db, RUNNER.name), undefined);
    const { build, lease, stepId } = await atWork(owner);
    const error = 'no such file: \0\ud800';
    const report = aStepReport(stepId, { status: 'error', exitCode: 0xc000013a, error });
    const end = { kind: 'finish', report: { ...aStageReport({ status: 'error' }), error } };
    const { body } = await owner.deliver(lease, false, [{ kind: 'step', report }], [end]);
    assert.deepEqual(body, { done: 2 });
    const { stage, steps } = await storedBuild(world, build.id);
    const want = 'no such file: \ufffd\ufffd';
    assert.deepEqual([stage.error, steps[0]?.error, steps[0]?.exitCode], [want, want, 0xc000013a]);
  });
});
