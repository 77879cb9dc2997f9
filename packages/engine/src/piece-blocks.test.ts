import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Block, PieceBlocks } from './piece-blocks.ts';

const MAX_BYTES = 100_000;

/** So many bytes that count on from `first`. */
function counting(length: number, first = 0): Buffer {
  const period = Buffer.from(Array.from({ length: 251 }, (_, at) => (first + at) % 251));
  return Buffer.alloc(length, period);
}

function contentOf(blocks: readonly Block[]): Buffer {
  return Buffer.concat(blocks.map(({ memory, length }) => memory.subarray(0, length)));
}

describe('blocks of pieces', () => {
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
    test(`chunks of ${sizes.join(', ') || 'nothing'} come out whole, in order and in full blocks`, () => {
      const blocks = new PieceBlocks(MAX_BYTES);
      for (let turn = 0; turn < 3; turn += 1) {
        let sum = 0;
        for (const size of sizes) {
          const chunk = counting(size, sum);
          blocks.add(chunk);
          chunk.fill(0xff);
          sum += size;
        }
        assert.equal(blocks.bytes, sum);
        const taken = blocks.take();
        assert.equal(blocks.bytes, 0);
        assert.ok(contentOf(taken).equals(counting(sum)));
        const full = Array<number>(Math.floor(sum / MAX_BYTES)).fill(MAX_BYTES);
        const lengths = [...full, sum % MAX_BYTES].filter((size) => size > 0);
        assert.deepEqual(
          taken.map(({ length }) => length),
          lengths,
        );
        for (const block of taken) blocks.giveBack(block);
      }
    });
  }

  test('what is on its way stays as it is while more comes', () => {
    const blocks = new PieceBlocks(MAX_BYTES);
    blocks.add(counting(500));
    const taken = blocks.take();
    blocks.add(counting(MAX_BYTES * 2, 7));
    assert.ok(contentOf(taken).equals(counting(500)));
    assert.ok(contentOf(blocks.take()).equals(counting(MAX_BYTES * 2, 7)));
  });

  test('a chatty step needs two blocks, however much it writes', () => {
    const blocks = new PieceBlocks(MAX_BYTES);
    const memories = new Set<Buffer>();
    let onItsWay: readonly Block[] = [];
    for (let turn = 0; turn < 100; turn += 1) {
      blocks.add(counting(MAX_BYTES, turn));
      for (const block of onItsWay) blocks.giveBack(block);
      onItsWay = blocks.take();
      for (const { memory } of onItsWay) memories.add(memory);
    }
    assert.equal(memories.size, 2);
  });

  test('a step that writes little needs little memory, and a burst leaves none behind', () => {
    const blocks = new PieceBlocks(MAX_BYTES);
    assert.equal(blocks.spareBytes, 0);
    blocks.add(counting(200));
    for (const block of blocks.take()) blocks.giveBack(block);
    assert.ok(blocks.spareBytes <= 8192);
    blocks.add(Buffer.alloc(50 * MAX_BYTES));
    for (const block of blocks.take()) blocks.giveBack(block);
    assert.equal(blocks.spareBytes, 2 * MAX_BYTES);
    blocks.release();
    assert.equal(blocks.spareBytes, 0);
  });
});
