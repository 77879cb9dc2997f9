import type { Random } from './random.ts';

/** Pieces of Starlark that mutation puts into a program. */
const PIECES = [
  ...'()[]{}:,.;=+-*/%|&^<>~!#\\"\'',
  '\n',
  '    ',
  ' ',
  '\t',
  '0',
  '1.5',
  '0x',
  '"a"',
  "'''",
  'r"',
  'b"',
  '==',
  '//',
  '**',
  '+=',
  ' and ',
  ' or ',
  ' not ',
  ' in ',
  ' if ',
  ' else ',
  'elif ',
  'for ',
  'def ',
  'lambda ',
  'return ',
  'pass',
  'break',
  'while ',
  'x',
  'ctx',
  'None',
  'é',
  '\u0000',
  '\ufeff',
];

/** The program with a few characters or pieces deleted, doubled, moved, replaced or added. */
export function mutate(random: Random, source: string, others: readonly string[]): string {
  let text = source;
  do {
    // Exchanging whole words keeps most programs well-formed, so that they get further than the parser.
    text = random.chance(60)
      ? exchangeWord(random, text, random.pick(others))
      : mutateOnce(random, text, others);
  } while (random.chance(40));
  return text;
}

function mutateOnce(random: Random, text: string, others: readonly string[]): string {
  const start = random.below(text.length + 1);
  const end = Math.min(text.length, start + random.below(12));
  const [before, part, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  switch (random.below(5)) {
    case 0:
      return before + after;
    case 1:
      return before + part + part + after;
    case 2:
      return before + random.pick(PIECES) + after;
    case 3:
      return before + random.pick(PIECES) + part + after;
    default: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return before + other.slice(from, from + random.below(30)) + after;
    }
  }
}

const WORD = /[A-Za-z_]+|\d+(?:\.\d+)?|"[^"\n\\]*"|[-+*/%|&^<>=]+/g;

function exchangeWord(random: Random, text: string, other: string): string {
  const words = [...text.matchAll(WORD)];
  const replacements = other.match(WORD) ?? [];
  if (words.length === 0 || replacements.length === 0) return text;
  const word = random.pick(words);
  return text.slice(0, word.index) + random.pick(replacements) + text.slice(word.index + word[0].length);
}
