import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitDocuments } from './split.ts';

const texts = (file: string) => splitDocuments(file).map(({ text }) => text);

test('[pipeline 2] a line that begins with --- separates, whatever follows on it', () => {
  assert.deepEqual(texts('a: 1\n--- # note\nb: 2\n'), ['a: 1\n', 'b: 2\n']);
});

test('[pipeline 3] text after a line of dots is not read', () => {
  assert.deepEqual(texts('a: 1\n...\nb: {\n---\nc'), ['a: 1\n']);
});

test('[pipeline 8] carriage returns at line ends are dropped', () => {
  assert.deepEqual(texts('a: 1\r\n---\r\nb: 2'), ['a: 1\n', 'b: 2\n']);
});

test('[pipeline 9] a line of 70,000 bytes does not end the file', () => {
  const line = `a: ${'x'.repeat(70_000)}\n`;
  assert.deepEqual(texts(`${line}---\nb: 2\n`), [line, 'b: 2\n']);
});

test('a leading separator opens the first document', () => {
  assert.deepEqual(splitDocuments('---\na: 1\n'), [{ index: 0, firstLine: 2, text: 'a: 1\n' }]);
});

test('documents know the line of the file at which they begin', () => {
  const lines = splitDocuments('# note\n---\na: 1\nb: 2\n---\nc: 3\n').map(({ firstLine }) => firstLine);
  assert.deepEqual(lines, [1, 3, 6]);
});

test('a byte order mark is no text', () => {
  assert.deepEqual(texts('\uFEFFa: 1\n'), ['a: 1\n']);
});
