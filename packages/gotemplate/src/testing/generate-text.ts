import type { Random } from './random.ts';

const LAYOUT_PARTS = [
  '2006',
  '06',
  '01',
  '1',
  'Jan',
  'January',
  '02',
  '2',
  '_2',
  '002',
  '__2',
  '15',
  '03',
  '3',
  '04',
  '4',
  '05',
  '5',
  'PM',
  'pm',
  'MST',
  '-0700',
  '-07:00',
  'Z07:00',
  'Z0700',
  '-07',
  'Mon',
  'Monday',
  '.000',
  '.999',
  ',000000',
  ' ',
  '-',
  '/',
  ':',
  'T',
  'x',
  '_',
  '.',
  '0',
  'é',
  'Z',
] as const;
const ATOMS = [
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '\\d',
  '\\w',
  '\\s',
  '\\b',
  '\\B',
  '^',
  '$',
  'é',
  '[[:alpha:]]',
  '\\pL',
  '(?i)a',
  '(?i:B)',
  '(?m)^',
  '(?m)$',
  '(?s).',
  '\\x41',
  '[^\\d]',
  '[\\w-]',
  '',
  'ab',
  '(?U)',
  '\\.',
  ']',
  '{',
  '\\Qa+\\E',
  '[]',
  '[b-a]',
  '(?P<n>a)',
] as const;
const SUBJECT_PARTS = [
  'a',
  'b',
  'c',
  'ab',
  'A',
  'B',
  'é',
  ' ',
  '1',
  '_',
  '-',
  '.',
  '\\n',
  'x',
  '\\xff',
  '😀',
  'É',
  '+',
  ']',
] as const;

/** A directive for `printf`, sometimes one that does not exist. */
export function generateVerb(random: Random): string {
  let text = '%';
  while (random.chance(25)) text += random.pick(['-', '+', '#', '0', ' ']);
  if (random.chance(25)) text += String(random.below(12));
  if (random.chance(25)) text += `.${random.chance(80) ? random.below(8) : ''}`;
  return (
    text +
    random.pick([
      'v',
      'd',
      's',
      'q',
      'x',
      'X',
      'f',
      'g',
      'e',
      't',
      'T',
      'c',
      'U',
      'b',
      'o',
      'O',
      'G',
      'z',
      '%',
    ])
  );
}

export function generateLayout(random: Random): string {
  let text = '';
  for (let count = random.below(8); count >= 0; count -= 1) text += random.pick(LAYOUT_PARTS);
  return text;
}

/** A regular expression; some of them are broken. */
export function generatePattern(random: Random, depth: number): string {
  let text = '';
  for (let count = random.below(4); count >= 0; count -= 1) {
    text += depth > 0 && random.chance(25) ? group(random, depth) : random.pick(ATOMS);
    if (random.chance(35))
      text += random.pick([
        '*',
        '+',
        '?',
        '{2}',
        '{1,3}',
        '{0,1}',
        '{2,}',
        '*?',
        '+?',
        '??',
        '{1,2}?',
        '{0}',
      ]);
  }
  return random.chance(15) ? `${text}|${generatePattern(random, depth - 1)}` : text;
}

function group(random: Random, depth: number): string {
  return `${random.pick(['(', '(?:', '(?i:', '(?s:'])}${generatePattern(random, depth - 1)})`;
}

export function generateSubject(random: Random): string {
  let text = '';
  for (let count = random.below(10); count > 0; count -= 1) text += random.pick(SUBJECT_PARTS);
  return text;
}

/** A number literal of any kind and size. */
export function generateNumber(random: Random): string {
  const sign = random.chance(30) ? '-' : '';
  switch (random.below(7)) {
    case 0:
      return `${sign}${random.below(300)}`;
    case 1:
      return `${sign}${random.below(2 ** 31)}${random.below(2 ** 31)}`.slice(0, 18);
    case 2:
      return `${sign}${random.below(1000)}.${random.below(1_000_000)}`;
    case 3:
      return `${sign}${random.below(10)}.${random.below(2 ** 31)}e${random.below(600) - 300}`;
    case 4:
      return `${sign}${random.below(1000)}.5`;
    case 5:
      return `${sign}0x1.${random.below(2 ** 31).toString(16)}p${random.below(2100) - 1070}`;
    default:
      return random.pick([
        '0.0',
        '-0.0',
        '$.mixed',
        '$.map',
        '"x é"',
        "'a'",
        'true',
        'nil',
        '1e21',
        '1e6',
        '1e-5',
        '0.1',
        '2i',
        '$.big',
        '$.huge',
        '$.list',
        '$.ratio',
      ]);
  }
}

/** A letter of some script, mostly one with several cases; only ones that Unicode has had for years. */
export function generateRune(random: Random): string {
  const [first, last] = random.pick<readonly [number, number]>([
    [0x41, 0x7a],
    [0xa0, 0x24f],
    [0x250, 0x2ff],
    [0x370, 0x3ff],
    [0x400, 0x52f],
    [0x531, 0x58a],
    [0x10a0, 0x10ff],
    [0x13a0, 0x13ff],
    [0x1c90, 0x1cbf],
    [0x1e00, 0x1fff],
    [0x2000, 0x206f],
    [0x2100, 0x218f],
    [0x24b0, 0x24ff],
    [0x2c00, 0x2d2f],
    [0xa640, 0xa69f],
    [0xab30, 0xabbf],
    [0xfb00, 0xfb17],
    [0xff21, 0xff5a],
    [0x10400, 0x104ff],
    [0x1f300, 0x1f64f],
  ]);
  const code = first + random.below(last - first + 1);
  return isAvoided(code) ? 'x' : String.fromCodePoint(code);
}

/** Signs with a meaning in patterns, and letters whose capitals Unicode added later than Go knows. */
function isAvoided(code: number): boolean {
  return [0x5b, 0x5c, 0x5d, 0x5e, 0x60, 0x19b, 0x264].includes(code);
}
