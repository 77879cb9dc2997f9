import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { createDeliveryBodies } from './delivery-bodies.ts';

const LIMIT = 8 * 2 ** 20;

/** Bytes that tell where they stand. */
function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) + seed) & 0xff;
  return bytes;
}

function streamOf(bytes: Buffer, size = 60_000): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks, { objectMode: false });
}

describe('bodies of deliveries', () => {
  test('are read whole, whatever their length and what was announced', async () => {
    const bodies = createDeliveryBodies(LIMIT);
    for (const length of [0, 1, 65_536, 65_537, 2 ** 20, 2 ** 21, 2 ** 21 + 1, 5_000_000, LIMIT]) {
      for (const announced of [length, 0, LIMIT]) {
        const sent = bytesOf(length, length);
        const { bytes, release } = await bodies.read(streamOf(sent), announced);
        assert.equal(bytes.compare(sent), 0, `${length}, announced as ${announced}`);
        release();
      }
    }
  });

  test('of several at once keep to themselves, and memory is used again when it has been given back', async () => {
    const bodies = createDeliveryBodies(LIMIT);
    const sent = Array.from({ length: 5 }, (_, at) => bytesOf(1_000_000, at));
    const read = await Promise.all(sent.map((bytes) => bodies.read(streamOf(bytes), bytes.length)));
    for (const [at, { bytes }] of read.entries()) assert.equal(bytes.compare(sent[at] ?? Buffer.alloc(0)), 0);
    assert.equal(new Set(read.map(({ bytes }) => bytes.buffer)).size, 5);
    for (const { release } of read) release();
    const memory = new Set(read.map(({ bytes }) => bytes.buffer));
    const again = await Promise.all(sent.map((bytes) => bodies.read(streamOf(bytes), bytes.length)));
    assert.equal(again.filter(({ bytes }) => memory.has(bytes.buffer)).length, 2);
  });

  test('over the limit are refused, announced or not, and leave the connection for the answer', async () => {
    const bodies = createDeliveryBodies(LIMIT);
    const announced = streamOf(bytesOf(LIMIT + 1, 1));
    await assert.rejects(bodies.read(announced, LIMIT + 1), { code: 'body-too-large' });
    assert.equal(announced.destroyed, false);
    const longer = streamOf(bytesOf(LIMIT + 1_000_000, 1));
    await assert.rejects(bodies.read(longer, 100), { code: 'body-too-large' });
    assert.equal(longer.destroyed, false);
  });

  test('that break off are no deliveries', async () => {
    const bodies = createDeliveryBodies(LIMIT);
    for (const reason of [undefined, new Error('ECONNRESET')]) {
      const stream = new PassThrough();
      const reading = bodies.read(stream, 1_000_000);
      stream.write(bytesOf(100_000, 1));
      stream.destroy(reason);
      await assert.rejects(reading, { code: 'invalid-request', message: /broke off/ });
    }
  });
});
