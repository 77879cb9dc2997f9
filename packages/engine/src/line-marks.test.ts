import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MARK_LINES } from '@sortie/core/log';
import { LineMarks } from './line-marks.ts';

describe('line marks', () => {
  test('a mark says when the line began, not when it ended', () => {
    const marks = new LineMarks();
    marks.add(Buffer.from('one\ntw'), 0);
    marks.add(Buffer.from('o\n'), 5);
    marks.add(Buffer.from('three\nfour\n'), 9);
    assert.deepEqual(marks.take(), [
      { line: 0, offset: 0, second: 0 },
      { line: 2, offset: 8, second: 9 },
    ]);
    assert.deepEqual(marks.take(), []);
  });

  test('a line that begins within a later second has its own mark', () => {
    const marks = new LineMarks();
    marks.add(Buffer.from('a'), 0);
    marks.add(Buffer.from('b\nc\n'), 1);
    assert.deepEqual(marks.take(), [
      { line: 0, offset: 0, second: 0 },
      { line: 1, offset: 3, second: 1 },
    ]);
  });

  test('marks are never further apart than a reader wants to scan', () => {
    const marks = new LineMarks();
    marks.add(Buffer.from('\n'.repeat(3 * MARK_LINES)), 0);
    const lines = marks.take().map(({ line, offset }) => [line, offset]);
    assert.deepEqual(lines, [
      [0, 0],
      [MARK_LINES, MARK_LINES],
      [2 * MARK_LINES, 2 * MARK_LINES],
    ]);
  });

  test('the marks are the same wherever the bytes are cut', () => {
    const text = Buffer.from('\n\nab\n\nc'.repeat(1000));
    const take = (size: number) => {
      const marks = new LineMarks();
      for (let at = 0; at < text.length; at += size) marks.add(text.subarray(at, at + size), 0);
      return marks.take();
    };
    const whole = take(text.length);
    assert.deepEqual(
      whole.map(({ line }) => line),
      [0, MARK_LINES, 2 * MARK_LINES, 3 * MARK_LINES],
    );
    for (const { line, offset } of whole)
      assert.equal(text.subarray(0, offset).filter(isNewline).length, line);
    for (const size of [1, 2, 3, 7, 1000]) assert.deepEqual(take(size), whole, `cut after ${size} bytes`);
  });

  test('no mark for a line that has not begun', () => {
    const marks = new LineMarks();
    marks.add(Buffer.from('done\n'), 0);
    marks.add(Buffer.alloc(0), 7);
    assert.equal(marks.take().length, 1);
  });
});

function isNewline(byte: number): boolean {
  return byte === 0x0a;
}
