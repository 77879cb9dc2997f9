import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameReader } from './frames.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

describe('frames of an attached stream', () => {
  test('the output of both streams comes out in order, however the bytes are cut', () => {
    const bytes = Buffer.concat([frame(1, 'hello '), frame(2, 'wörld'), frame(1, ''), frame(1, '\n')]);
    for (let size = 1; size <= bytes.length; size += 1) {
      const reader = new FrameReader();
      const out: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) out.push(...reader.read(bytes.subarray(at, at + size)));
      assert.equal(Buffer.concat(out).toString(), 'hello wörld\n', `pieces of ${size}`);
    }
  });
});
