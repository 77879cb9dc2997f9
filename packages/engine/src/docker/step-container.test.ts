import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { becomes } from '@sortie/testing/becomes';
import { buildRun, buildStage } from '@sortie/testing/engine-contract';
import { type Clock, systemClock } from '../clock.ts';
import type { StepExit } from '../engine.ts';
import { openDocker } from './client.ts';
import { EndMarks } from './end-mark.ts';
import { ExitEvents } from './exit-events.ts';
import { StepContainer } from './step-container.ts';

interface Opened {
  readonly container: StepContainer;
  readonly done: Promise<StepExit>;
  /** What the step has written so far. */
  readonly text: () => string;
}

/** A daemon that says just what it is told to say. */
describe('the end of a container', () => {
  let directory = '';
  let attach = Promise.withResolvers<Socket>();
  let wait = Promise.withResolvers<ServerResponse>();
  /** What is asked of the daemon, and that it has answered the start. */
  let calls: string[] = [];
  let start: Promise<void> = Promise.resolve();
  let abort = new AbortController();
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url ?? '';
    if (path.includes('/attach?')) {
      request.socket.write('HTTP/1.1 200 OK\r\n\r\n');
      attach.resolve(request.socket);
    } else if (path.includes('/wait?')) {
      response.writeHead(200).flushHeaders();
      wait.resolve(response);
    } else if (/\/(?:start|kill)(?:\?|$)/.test(path)) {
      const isKill = path.includes('/kill');
      calls.push(isKill ? 'kill' : 'start');
      void (isKill ? Promise.resolve() : start).then(() => {
        if (!isKill) calls.push('started');
        response.writeHead(isKill ? 409 : 500, { 'content-type': 'application/json' });
        response.end('{"message":"it does not run"}');
      });
    } else response.writeHead(200).flushHeaders();
  });

  server.on('upgrade', (_request, socket: Socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    attach.resolve(socket);
  });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sortie-end-'));
    server.listen(join(directory, 'docker.sock'));
    await once(server, 'listening');
  });

  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  afterEach(() => abort.abort(new Error('the test is over')));

  /** A container of a step with a script. */
  async function open(marks?: EndMarks, clock: Clock = systemClock()): Promise<Opened> {
    const docker = await openDocker({ host: `unix://${join(directory, 'docker.sock')}` });
    attach = Promise.withResolvers();
    wait = Promise.withResolvers();
    abort = new AbortController();
    calls = [];
    start = Promise.resolve();
    const { signal } = abort;
    const [step] = buildStage('id', [{ name: 'a', image: 'b', script: 'true' }]).plan.steps;
    assert.ok(step);
    const run = buildRun(step);
    const exits = new ExitEvents(docker, 'stage', signal);
    const options = { clock, signal, defaults: {}, exits, marks };
    const container = await StepContainer.attach(docker.getContainer('c1'), run, options);
    return { container, done: container.done, text: run.text };
  }

  function frame(stream: 1 | 2, text: string): Buffer {
    const header = Buffer.alloc(8);
    header.writeUInt8(stream, 0);
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  }

  test('is known when it has said so on both streams, with all output before that', async () => {
    const marks = new EndMarks();
    const { done, text } = await open(marks);
    const socket = await attach.promise;
    socket.write(frame(2, `warning\n${marks.text}\n`));
    socket.write(Buffer.concat([frame(1, 'all '), frame(1, `is well${marks.text}\n`)]));
    assert.deepEqual(await done, { exitCode: 0, isOomKilled: false });
    assert.equal(text(), 'warning\nall is well');
  });

  test('is made to come when the script itself has said so and goes on, of which nothing more is heard', async () => {
    const marks = new EndMarks();
    const delays: { readonly delayMs: number; readonly run: () => void; isOff: boolean }[] = [];
    const after: Clock['after'] = (delayMs, run) => {
      const delay = { delayMs, run, isOff: false };
      delays.push(delay);
      return () => {
        delay.isOff = true;
      };
    };
    const { container, done, text } = await open(marks, { now: () => 0, after });
    const socket = await attach.promise;
    socket.write(Buffer.concat([frame(1, `well${marks.text}\n`), frame(2, `${marks.text}\n`)]));
    assert.deepEqual(await done, { exitCode: 0, isOomKilled: false });
    await new Promise<void>((resolve) => socket.write(frame(1, 'more'), () => resolve()));
    assert.deepEqual(
      delays.map(({ delayMs }) => delayMs),
      [1000],
    );
    let isGone = false;
    const gone = container.gone().then(() => {
      isGone = true;
    });
    await nextTurn();
    assert.equal(isGone, false, 'its removal waits for its end');
    delays[0]?.run();
    await gone;
    await becomes(() => calls, ['kill']);
    assert.equal(delays[0]?.isOff, false);
    (await wait.promise).end('{"StatusCode":137}');
    await becomes(() => delays[0]?.isOff, true);
    assert.equal(text(), 'well');
  });

  test('is told by the daemon when it has said so on one stream only, or not at all', async () => {
    for (const said of [(marks: EndMarks) => `${marks.text}\n`, () => `${new EndMarks().text}\n`]) {
      const marks = new EndMarks();
      const { done, text } = await open(marks);
      const socket = await attach.promise;
      socket.end(Buffer.concat([frame(1, said(marks)), frame(2, 'x')]));
      (await wait.promise).end('{"StatusCode":3}');
      assert.deepEqual(await done, { exitCode: 3, isOomKilled: false });
      assert.match(text(), /x$/);
    }
  });

  test('brings out what only looked like the beginning of a mark', async () => {
    const marks = new EndMarks();
    const { done, text } = await open(marks);
    const socket = await attach.promise;
    socket.end(frame(1, marks.text));
    (await wait.promise).end('{"StatusCode":0}');
    await done;
    assert.equal(text(), marks.text);
  });

  test('of a container that does not wait is not looked for in its output', async () => {
    const { done, text } = await open();
    const said = `${new EndMarks().text}\n`;
    const socket = await attach.promise;
    socket.end(Buffer.concat([frame(1, said), frame(2, said)]));
    (await wait.promise).end('{"StatusCode":4}');
    assert.deepEqual(await done, { exitCode: 4, isOomKilled: false });
    assert.equal(text(), said + said);
  });

  test('is not waited for when the container could not be started', async () => {
    const { container } = await open(new EndMarks());
    await assert.rejects(container.start(), { code: 'step-start-failed', message: /it does not run/ });
    assert.equal(await container.startWaiting(), false);
    await container.stop(0);
  });

  test('is brought about after a start that is under way, not before', async () => {
    const { container } = await open();
    const answer = Promise.withResolvers<void>();
    start = answer.promise;
    const starting = container.start();
    starting.catch(() => undefined);
    const stopped = container.stop(0);
    await becomes(() => calls.includes('start'), true);
    answer.resolve();
    await stopped;
    assert.deepEqual(calls, ['start', 'started', 'kill']);
    await assert.rejects(starting);
  });
});
