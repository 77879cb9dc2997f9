import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openViewer, type Viewer } from './viewer-client.ts';
import { lagsOf, requireComplete } from './viewer-lines.ts';

function event(pos: number, out: string): string {
  return `id: ${pos}\ndata: ${JSON.stringify({ pos, out, time: 0 })}\n\n`;
}

const TRACE = event(0, '+ write\n');
/** Lines of the step: their number, when they were written, and the x that fill them up. */
const ZERO = event(1, '0 1000 xxx\n');
const ONE = event(2, '1 1500 xxx\n');
const END = 'event: error\ndata: eof\n\n';

/** A viewer that has read this text, all of it at `atMs`. */
function viewerOf(text: string, atMs = 2000): Viewer {
  const bytes = Buffer.from(text);
  const over = Promise.resolve();
  const figures = { bytes: bytes.length, checksum: crc32(bytes), arrivals: [bytes.length, atMs] };
  return { opened: over, ended: over, ...figures, kept: [bytes] };
}

test('a stream of all lines in order is complete, and its lines have their lags', () => {
  const text = TRACE + ZERO + ONE + END;
  const viewers = [viewerOf(text, 2000), viewerOf(text, 3000)];
  const lines = requireComplete(viewers, 2);
  assert.deepEqual(lines, [
    { end: (TRACE + ZERO).length, writtenMs: 1000 },
    { end: (TRACE + ZERO + ONE).length, writtenMs: 1500 },
  ]);
  assert.deepEqual([...lagsOf(viewers, lines)], [500, 1000, 1500, 2000]);
});

for (const [what, texts] of Object.entries({
  'a lost line': [TRACE + ONE + END],
  'a doubled line': [TRACE + ZERO + ZERO + ONE + END],
  'a lost line that the numbers hide': [TRACE + event(1, '1 1500 xxx\n') + END],
  'a missing end': [TRACE + ZERO + END],
  'a cut event': [TRACE + ZERO + ONE.slice(0, -1)],
  'other bytes at another viewer': [TRACE + ZERO + ONE + END, TRACE + ONE + ZERO + END],
})) {
  test(`${what} is no complete stream`, () => {
    assert.throws(() =>
      requireComplete(
        texts.map((text) => viewerOf(text)),
        2,
      ),
    );
  });
}

test('a viewer reads the events and leaves pings and the framing of HTTP out', async (t) => {
  const server = createServer((_, answer) => {
    answer.write(': ping\n\n');
    answer.write(TRACE);
    setImmediate(() => {
      answer.write(': ping\n\n');
      setImmediate(() => answer.end(ZERO + ONE + END));
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const viewer = openViewer(`http://127.0.0.1:${port}/`, 'token', true);
  await viewer.opened;
  await viewer.ended;
  assert.equal(Buffer.concat(viewer.kept).toString(), TRACE + ZERO + ONE + END);
  assert.equal(viewer.bytes, (TRACE + ZERO + ONE + END).length);
  assert.equal(viewer.checksum, crc32(TRACE + ZERO + ONE + END));
  assert.equal(requireComplete([viewer], 2).length, 2);
});

test('a viewer that is refused says so', async (t) => {
  const server = createServer((_, answer) => void answer.writeHead(401).end()).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await assert.rejects(openViewer(`http://127.0.0.1:${port}/`, '', false).opened, /401/);
});
