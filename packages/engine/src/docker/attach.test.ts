import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import { attachTo } from './attach.ts';
import { toDockerError } from './docker-error.ts';
import { type Script, scriptedContainer, scriptedTlsContainer } from './scripted-daemon.fixture.ts';

const SWITCHED = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const never = new AbortController().signal;

/** What arrives of an answer that is written as one. */
async function outputOf(t: TestContext, script: Script): Promise<string> {
  const parts: Buffer[] = [];
  const container = await scriptedContainer(t, script);
  const take = (chunk: Buffer): void => void parts.push(Buffer.from(chunk));
  const { drained } = await attachTo(container, { hasInput: false, signal: never, take });
  await drained;
  return Buffer.concat(parts).toString();
}

/** Writes so that each part arrives on its own. */
async function writeApart(socket: Socket, parts: Iterable<string>): Promise<void> {
  for (const part of parts) {
    await new Promise<unknown>((written) => socket.write(part, 'latin1', written));
    await turn();
  }
}

describe('attaching to a container', () => {
  test('asks for both outputs, for the input where there is one, and sends no body', async (t) => {
    const heads: string[] = [];
    const container = await scriptedContainer(t, (socket, head) => {
      heads.push(head);
      socket.end(SWITCHED);
    });
    for (const hasInput of [false, true]) {
      const { drained } = await attachTo(container, { hasInput, signal: never, take: () => undefined });
      await drained;
    }
    const rest = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n';
    const path = '/v1.41/containers/c1/attach?stream=1&stdout=1&stderr=1';
    assert.deepEqual(heads, [`POST ${path} HTTP/1.1\r\n${rest}`, `POST ${path}&stdin=1 HTTP/1.1\r\n${rest}`]);
  });

  test('output that comes together with the head of the answer is not lost', async (t) => {
    assert.equal(await outputOf(t, (socket) => void socket.end(`${SWITCHED}hello`)), 'hello');
  });

  test('the answer may come byte by byte, after an interim one', async (t) => {
    const answer = `HTTP/1.1 100 Continue\r\n\r\n${SWITCHED}hello`;
    const script: Script = async (socket) => {
      await writeApart(socket, answer);
      socket.end();
    };
    assert.equal(await outputOf(t, script), 'hello');
  });

  test('an answer without a switch of protocols is read to its end', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n';
    assert.equal(await outputOf(t, (socket) => void socket.end(`${head}\r\nhello`)), 'hello');
    const counted = `${head}Content-Length: 5\r\n\r\nhello, and more`;
    assert.equal(await outputOf(t, (socket) => void socket.write(counted)), 'hello');
  });

  test('an answer in chunks comes without them, however it is cut', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const body = '5;name=value\r\nhello\r\n00C \r\n, wörld!\n\r\n\r\n0\r\nTrailer: x\r\n\r\n';
    const answer = Buffer.from(head + body).toString('latin1');
    // The connection stays open, as proxies leave it.
    assert.equal(await outputOf(t, (socket) => void socket.write(answer, 'latin1')), 'hello, wörld!\n\r\n');
    assert.equal(await outputOf(t, (socket) => writeApart(socket, answer)), 'hello, wörld!\n\r\n');
  });

  for (const [what, body, cause] of [
    ['is cut off', 'a\r\nhello', 'the connection was closed within the answer'],
    ['has no size', 'hello\r\n', 'the size of a chunk of its answer is no number'],
    ['is longer than its size', '2\r\nhello\r\n', 'a chunk of its answer is longer than it says'],
    ['has an endless size', '0'.repeat(5000), 'a line between the chunks of its answer never ends'],
  ] as const) {
    test(`a chunk that ${what} is an error`, async (t) => {
      const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
      await assert.rejects(
        outputOf(t, (socket) => void socket.end(head + body)),
        { message: cause },
      );
    });
  }

  test('what is written reaches the program, also after the output has begun', async (t) => {
    const container = await scriptedContainer(t, (socket) => {
      socket.write(SWITCHED);
      socket.once('data', (chunk: Buffer) => socket.end(`got ${chunk.toString()}`));
    });
    const parts: string[] = [];
    const take = (chunk: Buffer): void => void parts.push(chunk.toString());
    const attachment = await attachTo(container, { hasInput: true, signal: never, take });
    attachment.write('exec sh\n');
    await attachment.drained;
    assert.equal(parts.join(''), 'got exec sh\n');
  });

  test('while a chunk is being taken nothing more is read, and the next one comes in the same memory', async (t) => {
    let written = 0;
    const total = 16 * 1024 * 1024;
    const isFull = Promise.withResolvers<void>();
    const script: Script = async (socket) => {
      socket.write(SWITCHED);
      const block = Buffer.alloc(1024 * 1024, 'x');
      while (written < total) {
        written += block.length;
        if (socket.write(block)) continue;
        isFull.resolve();
        await once(socket, 'drain');
      }
      socket.end();
    };
    const container = await scriptedContainer(t, script);
    const gate = Promise.withResolvers<void>();
    const memories = new Set<ArrayBufferLike>();
    let calls = 0;
    let bytes = 0;
    const take = (chunk: Buffer): void | Promise<void> => {
      memories.add(chunk.buffer);
      calls += 1;
      bytes += chunk.length;
      return calls === 1 ? gate.promise : undefined;
    };
    const { drained } = await attachTo(container, { hasInput: false, signal: never, take });
    await isFull.promise;
    for (let count = 0; count < 50; count += 1) await turn();
    assert.equal(calls, 1);
    assert.ok(written < total);
    gate.resolve();
    await drained;
    assert.equal(bytes, total);
    assert.equal(memories.size, 1);
  });

  for (const [how, fail] of [
    ['throws', () => assert.fail('disk full')],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ] as const) {
    test(`a taker that ${how} ends the connection`, async (t) => {
      const isClosed = Promise.withResolvers<void>();
      const container = await scriptedContainer(t, (socket) => {
        socket.once('close', () => isClosed.resolve());
        socket.write(`${SWITCHED}hello`);
      });
      const { drained } = await attachTo(container, { hasInput: false, signal: never, take: fail });
      await assert.rejects(drained, { message: 'disk full' });
      await isClosed.promise;
    });
  }

  test('an abort cuts the connection, before and after the answer, with its reason', async (t) => {
    const reason = new AppError('docker-unreachable', 'The daemon is gone.');
    for (const answer of ['', SWITCHED]) {
      const abort = new AbortController();
      const isClosed = Promise.withResolvers<void>();
      const container = await scriptedContainer(t, (socket) => {
        socket.once('close', () => isClosed.resolve());
        if (answer === '') abort.abort(reason);
        else socket.write(answer);
      });
      const attaching = attachTo(container, { hasInput: true, signal: abort.signal, take: () => undefined });
      const drained = answer === '' ? attaching : (await attaching).drained;
      if (answer !== '') abort.abort(reason);
      await assert.rejects(drained, (error) => toDockerError(error, 'It was lost') === reason);
      await isClosed.promise;
    }
    const container = await scriptedContainer(t, () => assert.fail('no request is sent'));
    const request = { hasInput: false, signal: AbortSignal.abort(reason), take: () => undefined };
    await assert.rejects(attachTo(container, request), { name: 'AbortError', cause: reason });
  });

  test('over TLS nothing is lost or overwritten either while chunks are being taken', async (t) => {
    const blocks = Array.from({ length: 64 }, (_, at) => Buffer.alloc(48 * 1024 + at, at));
    const all = Buffer.concat(blocks);
    const container = await scriptedTlsContainer(t, (socket) => {
      socket.write(SWITCHED);
      socket.end(all);
    });
    const parts: Buffer[] = [];
    let isBusy = false;
    const take = async (chunk: Buffer): Promise<void> => {
      assert.equal(isBusy, false);
      isBusy = true;
      const before = Buffer.from(chunk);
      await turn();
      await turn();
      assert.ok(chunk.equals(before));
      parts.push(before);
      isBusy = false;
    };
    const { drained } = await attachTo(container, { hasInput: false, signal: never, take });
    await drained;
    assert.ok(Buffer.concat(parts).equals(all));
  });
});
