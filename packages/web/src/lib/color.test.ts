import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN, TRUE_COLOR } from './ansi.ts';
import { colorsOf, contrast, LOG_COLORS, type Theme } from './color.ts';

function rgb(text: string): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (text.match(/\d+/g) ?? []).map(Number);
  return [red, green, blue];
}

for (const theme of ['light', 'dark'] satisfies Theme[]) {
  test(`[ui U63] every colour can be read on the ${theme} log, also on every background`, () => {
    const colors = [...Array(256).keys(), TRUE_COLOR, TRUE_COLOR + 0x777777, TRUE_COLOR + 0xffffff];
    for (const fg of colors) {
      for (const bg of [-1, 0, 1, 3, 7, 15, 226, 244]) {
        for (const inverse of [false, true]) {
          const { color = '', backgroundColor } = colorsOf({ ...PLAIN, fg, bg, inverse }, theme);
          const ground = backgroundColor === undefined ? LOG_COLORS[theme].ground : rgb(backgroundColor);
          assert.ok(contrast(rgb(color), ground) >= 4.5, `${fg} on ${bg}, inverse ${inverse}`);
        }
      }
    }
  });
}

test('plain text takes the colours of the page', () => {
  assert.deepEqual(colorsOf(PLAIN, 'dark'), {});
});

test('inverse swaps ink and ground', () => {
  assert.match(colorsOf({ ...PLAIN, inverse: true }, 'dark').backgroundColor ?? '', /214 218 226/);
});
