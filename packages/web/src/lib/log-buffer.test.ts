import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer, wholeLines } from './log-buffer.ts';

const encoder = new TextEncoder();

function filled(text: string, pieceSize = 1 << 20): LogBuffer {
  const buffer = new LogBuffer();
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length; at += pieceSize) buffer.append(bytes.subarray(at, at + pieceSize));
  return buffer;
}

test('lines are found however the bytes arrive', () => {
  for (const size of [1, 3, 1000]) {
    const buffer = filled('one\n\nthrée\nfour', size);
    const lines = Array.from({ length: buffer.lineCount }, (_, line) => buffer.line(line));
    assert.deepEqual(lines, ['one', '', 'thrée', 'four']);
  }
});

test('an empty log has no lines and a closed last line adds none', () => {
  assert.equal(new LogBuffer().lineCount, 0);
  assert.equal(filled('a\n').lineCount, 1);
  assert.equal(filled('a\nb').lineCount, 2);
});

test('lines across block borders and longer than a block are whole', () => {
  const long = 'x'.repeat(200_000);
  const buffer = filled(`${'a'.repeat(65_530)}\nborder line\n${long}\nend\n`);
  assert.equal(buffer.line(1), 'border line');
  assert.equal(buffer.line(2), long);
  assert.equal(buffer.line(2, 10), 'x'.repeat(10));
  assert.equal(buffer.line(3), 'end');
});

test('[ui U68] a million lines are indexed at once and any of them is read', () => {
  const page = encoder.encode('a line of about forty characters or so..\n'.repeat(50_000));
  const buffer = new LogBuffer();
  for (let count = 0; count < 20; count += 1) buffer.append(page);
  assert.equal(buffer.lineCount, 1_000_000);
  assert.equal(buffer.line(999_999), 'a line of about forty characters or so..');
  assert.equal(buffer.size, 41_000_000);
});

test('of a growing log only closed lines are certain', () => {
  assert.equal(wholeLines(encoder.encode('a\nhalf')).length, 2);
  assert.equal(wholeLines(encoder.encode('half')).length, 0);
});
