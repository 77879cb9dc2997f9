import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, type TestContext, test } from 'node:test';
import { attachTo } from './attach.ts';
import { openDocker } from './client.ts';
import { daemonMessage, isUnreachable, statusOf, toDockerError } from './docker-error.ts';
import { type Script, scriptedContainer } from './scripted-daemon.fixture.ts';

const never = new AbortController().signal;

/** What attaching throws when the daemon follows the script. */
async function failureOf(t: TestContext, script: Script): Promise<unknown> {
  const container = await scriptedContainer(t, script);
  const take = (): void => assert.fail('there is no output');
  return await attachTo(container, { hasInput: false, signal: never, take }).then(
    () => assert.fail('it must not succeed'),
    (error: unknown) => error,
  );
}

describe('attaching to a container that cannot be attached to', () => {
  for (const [status, body, message] of [
    [404, JSON.stringify({ message: 'No such container: c1' }), 'No such container: c1'],
    [
      500,
      JSON.stringify({ cause: 'x', message: 'preparing container c1', response: 500 }),
      'preparing container c1',
    ],
    [409, 'container is paused\n', 'container is paused'],
    [403, '', ''],
  ] as const) {
    test(`a refusal with ${status} and ${body.length} bytes is reported as the client library does`, async (t) => {
      const length = `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      const chunks = `Transfer-Encoding: chunked\r\n\r\n${chunked(body)}0\r\n\r\n`;
      for (const rest of [length, chunks]) {
        // The connection is left open, as HTTP/1.1 has it.
        const error = await failureOf(t, (socket) => void socket.write(`HTTP/1.1 ${status} No\r\n${rest}`));
        assert.equal(statusOf(error), status);
        assert.equal(daemonMessage(error), message);
      }
      const closed = await failureOf(t, (socket) => void socket.end(`HTTP/1.1 ${status} No\r\n\r\n${body}`));
      assert.equal(daemonMessage(closed), message);
    });
  }

  test('a refusal that never ends is cut', async (t) => {
    const script: Script = async (socket) => {
      socket.write('HTTP/1.1 500 No\r\n\r\n');
      while (!socket.destroyed) {
        await new Promise<unknown>((written) => socket.write(Buffer.alloc(32 * 1024, 'x'), written));
      }
    };
    const error = await failureOf(t, script);
    assert.equal(statusOf(error), 500);
    assert.ok(daemonMessage(error).length < 1024 * 1024);
  });

  test('a daemon that hangs up before its answer does not answer', async (t) => {
    for (const begun of ['', 'HTTP/1.1 101 UPGRA']) {
      const error = await failureOf(t, (socket) => void socket.end(begun));
      assert.ok(isUnreachable(error));
      assert.match(String(toDockerError(error, '')), /the connection was closed before the answer/);
    }
  });

  test('a daemon that is not there is unreachable', async () => {
    const container = (await openDocker({ host: 'unix:///nowhere/docker.sock' })).getContainer('c1');
    const request = { hasInput: false, signal: never, take: () => undefined };
    await assert.rejects(attachTo(container, request), (error) => isUnreachable(error));
  });

  test('a head that never ends, and what is no HTTP at all, are refused', async (t) => {
    const endless = await failureOf(t, (socket) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\n');
      for (let count = 0; count < 100; count += 1) socket.write(`X-Field: ${'x'.repeat(1000)}\r\n`);
    });
    assert.match(String(endless), /the head of its answer is larger than 64 KiB/);
    const other = await failureOf(t, (socket) => void socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n'));
    assert.match(String(other), /what answers does not speak HTTP/);
  });
});

function chunked(body: string): string {
  return body === '' ? '' : `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
}
