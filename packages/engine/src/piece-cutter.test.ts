import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PieceCutter } from './piece-cutter.ts';

/** So many bytes that count on from `first`. */
function counting(length: number, first = 0): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (first + at) % 251));
}

/** Copies of all pieces, as a sink that keeps them must make. */
function cutAll(cutter: PieceCutter, chunks: readonly Uint8Array[]): Buffer[] {
  return Array.from(cutter.cut(chunks), (piece) => Buffer.from(piece));
}

describe('cutting pieces', () => {
  for (const sizes of [
    [],
    [1],
    [0, 3, 0],
    [100, 200],
    [100_000],
    [99_999, 1],
    [100_000, 100_000, 1],
    [30_000, 30_000, 30_000, 30_000, 70_001],
    [350_000],
    [350_000, 1, 350_000],
  ]) {
    test(`chunks of ${sizes.join(', ') || 'nothing'} come out whole and in order`, () => {
      let sum = 0;
      const chunks = sizes.map((size) => {
        sum += size;
        return counting(size, sum - size);
      });
      const cutter = new PieceCutter(100_000);
      for (let turn = 0; turn < 2; turn += 1) {
        const pieces = cutAll(cutter, chunks);
        assert.ok(Buffer.concat(pieces).equals(counting(sum)));
        assert.deepEqual(
          pieces.map(({ length }) => length),
          [...Array<number>(Math.floor(sum / 100_000)).fill(100_000), sum % 100_000].filter(
            (size) => size > 0,
          ),
        );
      }
    });
  }

  test('large pieces use the same memory again, small ones do not', () => {
    const cutter = new PieceCutter(100_000);
    const large = Array.from({ length: 5 }, () => [...cutter.cut([counting(60_000), counting(60_000)])]);
    assert.equal(new Set(large.flat().map(({ buffer }) => buffer)).size, 1);
    const [small] = cutter.cut([counting(10), counting(20)]);
    const kept = Buffer.from(small ?? []);
    const later = [...cutter.cut([counting(60_000, 7), counting(60_000)])];
    assert.equal(later.length, 2);
    assert.deepEqual(Buffer.from(small ?? []), kept);
  });
});
