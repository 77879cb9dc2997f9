import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EndMarks } from './end-mark.ts';
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

  /** Everything that comes out of the frames when they arrive in pieces of this size. */
  function readAll(marks: EndMarks, bytes: Buffer, size: number): string {
    const reader = new FrameReader(marks);
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      out.push(...reader.read(bytes.subarray(at, at + size)).map((part) => Uint8Array.from(part)));
    }
    return Buffer.concat([...out, ...marks.rest()]).toString();
  }

  test('the marks of an end are taken out of both streams, however the bytes are cut', () => {
    const { length } = frame(1, `one${new EndMarks().text}\n`);
    for (let size = 1; size <= length; size += 1) {
      const marks = new EndMarks();
      const ends = [frame(1, `one${marks.text}\n`), frame(2, `two`), frame(2, `${marks.text}\n`)];
      assert.equal(readAll(marks, Buffer.concat(ends), size), 'onetwo', `pieces of ${size}`);
      assert.ok(marks.areSeen);
    }
  });

  test('one mark is no end, neither is part of one, that of another step, or one over two streams', () => {
    const marks = new EndMarks();
    const foreign = `${new EndMarks().text}\n`;
    const line = `${marks.text}\n`;
    const texts = [
      [1, foreign],
      [2, foreign],
      [1, marks.text],
      [1, 'x\n'],
      [2, line.slice(0, 9)],
      [1, line.slice(9)],
      [2, `\x1e\x1e${line.slice(0, -1)}`],
      [2, '\x1e'],
    ] as const;
    const bytes = Buffer.concat(texts.map(([stream, text]) => frame(stream, text)));
    for (const size of [1, 7, bytes.length]) {
      assert.equal(
        readAll(marks, bytes, size).split('').sort().join(''),
        texts
          .map(([, text]) => text)
          .join('')
          .split('')
          .sort()
          .join(''),
        'held bytes may come later than those of the other stream, but all come',
      );
      assert.equal(marks.areSeen, false);
    }
    assert.equal(readAll(marks, frame(1, line), 1), '');
    assert.equal(marks.areSeen, false, 'of one stream only');
  });
});
