import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { LegacyLogLine } from '@sortie/contract/legacy/logs';
import { aRunner } from '@sortie/testing/domain-builders';
import { startStep } from '@sortie/testing/http-world';
import { AT_ONCE, aStageReport, aStep, aStepReport } from '@sortie/testing/queue-world';
import { WebSocket } from 'ws';
import { signJwt } from '../../auth/legacy-jwt.ts';
import { type LegacyWorld, MOUNTS, openLegacyWorld } from './legacy-world.fixture.ts';

interface FeedEvent {
  readonly type: string;
  readonly repo: { readonly full_name: string };
  readonly build: { readonly number: number; readonly status: string; readonly jobs?: unknown };
  readonly job: { readonly number: number; readonly status: string };
}

/** A client whose frames are taken one after the other. */
async function connect<T>(address: string, headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(address.replace(/^http/, 'ws'), { headers });
  const frames: T[] = [];
  const waiting: ((frame: T) => void)[] = [];
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as T;
    const taker = waiting.shift();
    if (taker === undefined) frames.push(frame);
    else taker(frame);
  });
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return {
    socket,
    closed,
    left: () => frames.length,
    next: () => {
      const frame = frames.shift();
      return frame === undefined
        ? new Promise<T>((resolve) => void waiting.push(resolve))
        : Promise.resolve(frame);
    },
  };
}

/** The status with which an upgrade is refused. */
async function refusal(address: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const socket = new WebSocket(address.replace(/^http/, 'ws'), { headers });
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  const { statusCode } = response as { statusCode: number };
  socket.terminate();
  return statusCode;
}

async function listen(world: LegacyWorld): Promise<string> {
  return world.app.listen({ host: '127.0.0.1', port: 0 });
}

async function finishRun(world: LegacyWorld, run: Awaited<ReturnType<typeof startStep>>): Promise<void> {
  await world.queue.closeLog(run.lease, run.stepId);
  await world.queue.updateStep(run.lease, aStepReport(run.stepId, { status: 'success', stopped: 9 }));
  await world.queue.finish(run.lease, aStageReport());
}

for (const at of MOUNTS) {
  const place = at || 'root';

  test(`at ${place} the feed tells of builds and jobs, and a guest only of public ones`, async (t) => {
    const world = await openLegacyWorld(t);
    const address = await listen(world);
    const guest = await connect<FeedEvent>(`${address}${at}/ws/feed`);
    const root = await connect<FeedEvent>(`${address}${at}/ws/feed`, world.asRoot);
    await finishRun(world, await startStep(world, { in: world.priv }));
    await finishRun(world, await startStep(world, { in: world.demo }));
    const take = async (client: typeof root, count: number) => {
      const seen: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const { type, repo, build, job } = await client.next();
        assert.equal(build.jobs, undefined);
        assert.equal(job.number, type === 'enqueued' ? 0 : 1);
        seen.push(`${repo.full_name} ${type}`);
      }
      return seen;
    };
    const all = ['enqueued', 'started', 'finished'];
    assert.deepEqual(
      await take(root, 6),
      ['octocat/priv', 'octocat/demo'].flatMap((name) => all.map((type) => `${name} ${type}`)),
    );
    assert.deepEqual(
      await take(guest, 3),
      all.map((type) => `octocat/demo ${type}`),
    );
    root.socket.close();
    guest.socket.close();
    await Promise.all([root.closed, guest.closed]);
  });

  test(`at ${place} the log of a running job is sent from its beginning, and closed after its end`, async (t) => {
    const world = await openLegacyWorld(t);
    const address = await listen(world);
    const run = await startStep(world, { in: world.demo });
    await run.write('early\n');
    const path = `${at}/ws/logs/octocat/demo/1/1`;
    const client = await connect<LegacyLogLine>(`${address}${path}`);
    assert.deepEqual(await client.next(), { proc: 'step-1', pos: 0, out: 'early' });
    await run.write('late\n', 4);
    assert.deepEqual(await client.next(), { proc: 'step-1', time: 4, pos: 1, out: 'late' });
    await run.write('last');
    await finishRun(world, run);
    assert.deepEqual(await client.next(), { proc: 'step-1', time: 4, pos: 2, out: 'last' });
    assert.deepEqual(await client.next(), { proc: 'step-1', type: 2, pos: 0, out: '0' });
    assert.equal(await client.closed, 1000);
    assert.equal(await refusal(`${address}${path}`), 404, 'the job does not run any more');
    assert.equal(await refusal(`${address}${at}/ws/logs/octocat/demo/1/2`), 404);
  });

  test(`at ${place} logs are for those who may read them`, async (t) => {
    const world = await openLegacyWorld(t);
    const address = await listen(world);
    await startStep(world, { in: world.priv });
    const path = `${address}${at}/ws/logs/octocat/priv/1/1`;
    assert.equal(await refusal(path), 401);
    assert.equal(await refusal(path, world.asReader), 404);
    const jwt = signJwt({ type: 'user', text: 'root' }, await world.userToken(world.root));
    const sess = signJwt({ type: 'sess', text: 'root' }, await world.userToken(world.root));
    for (const [url, headers] of [
      [path, world.asRoot],
      [`${path}?access_token=${jwt}`, {}],
      [path, { cookie: `user_sess=${sess}` }],
    ] as const) {
      const client = await connect(url, headers);
      client.socket.close();
      await client.closed;
    }
  });

  test(`at ${place} without an upgrade the paths are pages, and other paths cannot be upgraded`, async (t) => {
    const world = await openLegacyWorld(t);
    // The pages have not been built here.
    assert.equal((await world.ask('GET', `${at}/ws/feed`)).status, 503);
    const address = await listen(world);
    assert.equal(await refusal(`${address}${at}/ws/broker`), at === '' ? 503 : 404);
    assert.equal(await refusal(`${address}${at}/api/nothing`), 404);
  });
}

test('what had begun before the reader came is not told again, and a build that runs again is', async (t) => {
  const world = await openLegacyWorld(t);
  const run = await startStep(world, { in: world.demo });
  world.advance(60_000);
  const client = await connect<FeedEvent>(`${await listen(world)}/ws/feed`);
  await finishRun(world, run);
  assert.equal((await client.next()).type, 'finished');
  world.source.commit('a'.repeat(40));
  const again = '/v0/api/repos/octocat/demo/builds/1';
  assert.equal((await world.ask('POST', again, { headers: world.asRoot })).status, 200);
  const { type, job } = await client.next();
  assert.deepEqual([type, job.number, job.status], ['enqueued', 0, '']);
  client.socket.close();
  await client.closed;
});

test('a reader who has lost the right to a log hears no more of it', async (t) => {
  const world = await openLegacyWorld(t);
  const address = await listen(world);
  const member = await world.addUser({ login: 'member' });
  await world.grant(member, world.priv, { read: true, write: false, admin: false });
  const run = await startStep(world, { in: world.priv });
  await run.write('early\n');
  const client = await connect<LegacyLogLine>(
    `${address}/ws/logs/octocat/priv/1/1`,
    await world.bearer(member),
  );
  assert.equal((await client.next()).out, 'early');
  await world.grant(member, world.priv, { read: false, write: false, admin: false });
  world.advance(60_000);
  await run.write('late\n');
  assert.equal(await client.closed, 1000);
  assert.equal(client.left(), 0);
});

test('a log that cannot be read ends its socket and nothing else', async (t) => {
  const world = await openLegacyWorld(t);
  const address = await listen(world);
  const run = await startStep(world, { in: world.demo });
  await run.write('early\n');
  const client = await connect<LegacyLogLine>(`${address}/ws/logs/octocat/demo/1/1`);
  await client.next();
  Object.assign(world.logs, { readLines: () => Promise.reject(new Error('the disk is gone')) });
  await run.write('late\n');
  assert.equal(await client.closed, 1011);
  assert.deepEqual(world.failures, ['a WebSocket failed']);
});

for (const origin of ['https://evil.example', 'http://127.0.0.1:1']) {
  test(`a page at ${origin} cannot listen with the session of a person`, async (t) => {
    const world = await openLegacyWorld(t);
    const address = await listen(world);
    const { cookie } = await world.cookie(world.root);
    assert.equal(await refusal(`${address}/ws/feed`, { cookie, origin }), 403);
    const sess = signJwt({ type: 'sess', text: 'root' }, await world.userToken(world.root));
    assert.equal(await refusal(`${address}/ws/feed`, { cookie: `user_sess=${sess}`, origin }), 403);
    const own = await connect(`${address}/ws/feed`, { cookie, origin: address });
    own.socket.close();
    await own.closed;
  });
}

test('a message of more than 512 bytes ends the connection', async (t) => {
  const world = await openLegacyWorld(t);
  const client = await connect(`${await listen(world)}/ws/feed`);
  client.socket.send('x'.repeat(512));
  client.socket.send('x'.repeat(513));
  assert.equal(await client.closed, 1009);
});

test('the server pings, and closes what does not answer', async (t) => {
  // The answer must come before the next ping, also when the machine is busy in between.
  const world = await openLegacyWorld(t, { app: { pingMs: 300 } });
  const address = await listen(world);
  const client = await connect(`${address}/ws/feed`);
  await once(client.socket, 'ping');
  await once(client.socket, 'ping');
  await once(client.socket, 'ping');
  client.socket.close();
  await client.closed;
  const silent = new WebSocket(`${address.replace(/^http/, 'ws')}/ws/feed`, { autoPong: false });
  const [code] = await once(silent, 'close');
  assert.equal(code, 1006);
});

test('a server that stops ends its sockets', async (t) => {
  const world = await openLegacyWorld(t);
  const client = await connect(`${await listen(world)}/ws/feed`);
  await world.app.close();
  assert.equal(await client.closed, 1001);
});

test('steps that begin later and end without a log are part of the log too', async (t) => {
  const world = await openLegacyWorld(t);
  const address = await listen(world);
  await world.start(undefined, { in: world.demo });
  const assignment = await world.queue.request(aRunner(), AT_ONCE);
  if (assignment === undefined) throw new Error('nothing was handed out');
  const { lease } = assignment;
  const [first, second] = await world.queue.begin(lease, [aStep(), aStep({ number: 2, isDetached: true })]);
  await world.queue.updateStep(lease, aStepReport(first?.id ?? 0));
  const client = await connect<LegacyLogLine>(`${address}/v0/ws/logs/octocat/demo/1/1`);
  await world.queue.updateStep(lease, aStepReport(second?.id ?? 0));
  await world.queue.finish(lease, aStageReport({ status: 'failure' }));
  const line = await client.next();
  assert.deepEqual([line.proc, line.type], ['step-1', 2]);
  assert.equal(await client.closed, 1000);
});
