import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer } from './log-buffer.ts';
import { rowsOf } from './log-row.ts';

function rows(text: string, first = 0, pattern?: RegExp) {
  const buffer = new LogBuffer();
  buffer.append(new TextEncoder().encode(text));
  return rowsOf(buffer, first, buffer.lineCount, { theme: 'dark', pattern });
}

test('[ui U63] a colour that began above the window still applies in it', () => {
  const [row] = rows('\x1b[31mone\ntwo\nthree\n', 2);
  assert.equal(row?.parts[0]?.style.fg, 1);
});

test('[ui U66] addresses become links, others do not, and the full stop stays outside', () => {
  const [row] = rows('see https://x.io/a?b=1. or javascript:alert(1)\n');
  assert.deepEqual(
    row?.parts.map((part) => [part.text, part.href]),
    [
      ['see ', undefined],
      ['https://x.io/a?b=1', 'https://x.io/a?b=1'],
      ['. or javascript:alert(1)', undefined],
    ],
  );
});

test('[ui U70] matches are set off within the line', () => {
  const [row] = rows('an error, errors\n', 0, /error/i);
  assert.deepEqual(
    row?.parts.filter((part) => part.isMatch).map((part) => part.text),
    ['error', 'error'],
  );
});

test('a traced command is known, a very long line is cut and says so', () => {
  assert.equal(rows('+ npm test\n')[0]?.isCommand, true);
  assert.equal(rows(`${'x'.repeat(25_000)}\n`)[0]?.hiddenBytes, 5_000);
});
