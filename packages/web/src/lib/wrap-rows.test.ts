import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer } from './log-buffer.ts';
import { wrapRows } from './wrap-rows.ts';

const encoder = new TextEncoder();

test('[ui U75] wrapped lines count their rows without colours', () => {
  const buffer = new LogBuffer();
  const colored = `\x1b[31m${'x'.repeat(80)}\x1b[0m`;
  buffer.append(encoder.encode(`${'a'.repeat(100)}\n\n${colored}\n`));
  assert.deepEqual([...wrapRows(buffer, 40)], [0, 3, 4, 6]);
});

test('rows of a growing log continue where they stood', () => {
  const buffer = new LogBuffer();
  buffer.append(encoder.encode(`one\n${'b'.repeat(30)}`));
  const first = wrapRows(buffer, 20);
  buffer.append(encoder.encode(`${'b'.repeat(30)}\nthree\n`));
  assert.deepEqual([...wrapRows(buffer, 20, first)], [0, 1, 4, 5]);
});
