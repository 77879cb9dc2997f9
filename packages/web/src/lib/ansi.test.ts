import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN, parseAnsi, plainText, TRUE_COLOR } from './ansi.ts';

function styles(line: string): [string, object][] {
  return parseAnsi(line, PLAIN).segments.map(({ text, style }) => [text, changed(style)]);
}

function changed(style: object): object {
  return Object.fromEntries(
    Object.entries(style).filter(([key, value]) => value !== PLAIN[key as keyof typeof PLAIN]),
  );
}

const CASES: [string, string, [string, object][]][] = [
  [
    'sixteen colours',
    '\x1b[31mred\x1b[0m \x1b[92;44mx',
    [
      ['red', { fg: 1 }],
      [' ', {}],
      ['x', { fg: 10, bg: 4 }],
    ],
  ],
  [
    'bold and its end',
    '\x1b[1ma\x1b[22mb',
    [
      ['a', { bold: true }],
      ['b', {}],
    ],
  ],
  ['256 colours', '\x1b[38;5;208mo', [['o', { fg: 208 }]]],
  ['true colour followed by bold', '\x1b[38;2;1;2;3;1mo', [['o', { fg: TRUE_COLOR + 0x010203, bold: true }]]],
  [
    'an empty code as reset',
    '\x1b[31ma\x1b[mb',
    [
      ['a', { fg: 1 }],
      ['b', {}],
    ],
  ],
  ['an impossible colour as nothing', '\x1b[38;5;999ma', [['a', {}]]],
];

for (const [name, line, expected] of CASES) {
  test(`[ui U63] ${name} is understood`, () => assert.deepEqual(styles(line), expected));
}

test('[ui U66] [scm X35] unknown, unfinished and hostile sequences vanish', () => {
  const lines = [
    'a\x1b[2Kb',
    'a\x1b[?25lb',
    'a\x1b(Bb',
    'a\x1b]0;title\x07b',
    'a\x1bPq...\x1b\\b',
    'a\x07\x00\x9bb',
    'ab\x1b[31',
    'ab\x1b]8;;http://x',
    'ab\x1b',
  ];
  for (const line of lines) assert.equal(plainText(line), 'ab', JSON.stringify(line));
});

test('[ui U66] [scm X35] links are kept for http and https only, markup stays text', () => {
  assert.deepEqual(styles('\x1b]8;;https://x.io/a\x1b\\t\x1b]8;;\x1b\\u'), [
    ['t', { link: 'https://x.io/a' }],
    ['u', {}],
  ]);
  assert.deepEqual(styles('\x1b]8;;javascript:alert(1)\x07<script>'), [['<script>', {}]]);
});

test('[ui U66] characters that turn the reading direction become visible', () => {
  assert.equal(plainText('a\u202eb'), 'a\ufffdb');
});

test('a carriage return keeps the last state of a progress display', () => {
  assert.equal(plainText('10%\r50%\r100%'), '100%');
  assert.equal(plainText('done\r'), 'done');
  assert.equal(plainText('done\r\r'), 'done');
});

test('a style goes on in the next line until it is reset', () => {
  const first = parseAnsi('\x1b[32mone', PLAIN);
  assert.equal(parseAnsi('two', first.style).segments[0]?.style.fg, 2);
});
