import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  type DroneWorld,
  finalReport,
  liveLines,
  pipeline,
  startDroneWorld,
  step,
  uploadsOf,
  uploadText,
} from './drone-world.fixture.ts';

describe('the logs of our runner on an official server', () => {
  const worlds: DroneWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  async function start(...given: Parameters<typeof startDroneWorld>): Promise<DroneWorld> {
    const world = await startDroneWorld(...given);
    worlds.push(world);
    return world;
  }

  for (const text of [
    'UNIQUE constraint failed: logs.log_id',
    'pq: duplicate key value violates unique constraint "logs_pkey"',
    "Error 1062: Duplicate entry '101' for key 'PRIMARY'",
  ]) {
    it(`[runner 117] an upload that is repeated and refused with "${text.slice(0, 25)}…" is stored`, async () => {
      const world = await start({ config: pipeline(step('one', { DUMMY_OUTPUT: 'a\n' })) }, (server) => {
        server.on('POST logs/upload', (nth) => (nth === 1 ? 'drop' : { status: 500, body: text }));
      });
      assert.equal((await finalReport(world)).status, 'success');
      assert.equal(uploadsOf(world).length, 2);
    });
  }

  it('[runner 118] one line of 20 MB is cut in pieces and at the limit, and nothing breaks', async () => {
    const line = 'ü'.repeat(10 * 2 ** 20);
    const limit = 5 * 2 ** 20;
    const config = pipeline(step('one', { DUMMY_PRINT: 'HUGE', DUMMY_CHUNK: '1000001' }));
    const world = await start({ config, context: {} }, () => undefined, limit);
    // The text of a pipeline file may not be that long, so the variable comes in by the engine.
    const { start: run } = world.engine;
    world.engine.start = (stage, given, signal) =>
      run.call(
        world.engine,
        stage,
        Object.assign(given, { environment: { ...given.environment, HUGE: line } }),
        signal,
      );
    assert.equal((await finalReport(world)).status, 'success');
    const lines: { pos: number; out: string }[] = JSON.parse(uploadsOf(world)[0] ?? '');
    const text = lines.map(({ out }) => out).join('');
    assert.ok(Buffer.byteLength(text) <= limit + 200);
    assert.ok(lines.length > 50);
    assert.ok(lines.every(({ out }, pos) => Buffer.byteLength(out) <= 64 * 1024 && lines[pos]?.pos === pos));
    const broken = [...text].filter((character) => character === '\uFFFD').length;
    assert.ok(broken <= 2, 'only the cut of the limit may go through a character');
    assert.match(text, /bytes left out, the log is over its limit/);
  });

  it('[runner 119] a secret that is written in two pieces is masked, in the live lines and in the log', async () => {
    const config = pipeline(
      step('one', { DUMMY_PRINT: 'TOKEN', DUMMY_CHUNK: '5', DUMMY_WAIT_FOR: 'go' }).replace(
        '    environment:\n',
        '    environment:\n      TOKEN: {from_secret: token}\n',
      ),
    );
    const secrets = [{ name: 'token', data: 'tip-top-secret', pull_request: false }];
    const world = await start({ config, context: { secrets } });
    await world.engine.called('wait', 'one');
    await world.server.called('PUT step');
    await liveLines(world);
    world.engine.emit('go');
    assert.equal((await finalReport(world)).status, 'success');
    assert.equal(uploadText(world), '******\n');
    assert.ok(world.server.calls.every(({ body }) => !body.includes('top-secret')));
  });

  it('opens encrypted secrets of the file with the key of the repository', async () => {
    const config = `${pipeline(
      step('one', { DUMMY_PRINT: 'TOKEN' }).replace(
        '    environment:\n',
        '    environment:\n      TOKEN: {from_secret: token}\n',
      ),
    )}---\nkind: secret\nname: token\ndata: sealed\n`;
    const world = await start({ config });
    const { environment } = await world.engine.called('start', 'one');
    assert.equal(environment.TOKEN, 'sealed:0123');
    await finalReport(world);
    assert.equal(uploadText(world), '******\n');
  });

  it('live lines and the log count lines alike', async () => {
    const config = pipeline(step('one', { DUMMY_OUTPUT: 'a\nb\nc', DUMMY_WAIT_FOR: 'go' }));
    const world = await start({ config });
    await world.engine.called('wait', 'one');
    await world.server.called('PUT step');
    await liveLines(world);
    world.engine.emit('go');
    await finalReport(world);
    const batches = world.server.named('POST logs/batch').map((call) => JSON.parse(call.body));
    assert.deepEqual(batches.flat(), JSON.parse(uploadsOf(world)[0] ?? ''));
    assert.deepEqual(
      batches[0].map((line: { out: string }) => line.out),
      ['a\n', 'b\n'],
    );
  });

  it('a step without output uploads null, and lost live lines do no harm', async () => {
    const world = await start(
      { config: pipeline(step('one'), step('two', { DUMMY_OUTPUT: 'x\n' })) },
      (server) => {
        server.on('POST logs/batch', () => ({ status: 500, body: 'stream: not found' }));
      },
    );
    assert.equal((await finalReport(world)).status, 'success');
    assert.equal(uploadsOf(world)[0], 'null\n');
  });
});
