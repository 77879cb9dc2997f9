import assert from 'node:assert/strict';
import { it } from 'node:test';
import { generateTemplate } from './testing/generate.ts';
import { generateSearch } from './testing/generate-focused.ts';
import { Random } from './testing/random.ts';
import { type Answer, answerCase, CASES, caseData } from './testing/suite.ts';

/** `SORTIE_FUZZ=100000` runs as many. */
const COUNT = Number(process.env.SORTIE_FUZZ ?? 1000);

const PIECES = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  '(',
  ')',
  '|',
  '$',
  '.',
  '"',
  '`',
  "'",
  '\\',
  '%',
  ':=',
  ',',
  '{{end}}',
  '{{else}}',
  '{{define "x"}}',
  '{{template "x"}}',
  'range',
  'nil',
  '9999999999',
  '\u0000',
  '\ud800',
  '😀',
  '[',
  '*',
  '{2}',
  ' ',
];

it(`${COUNT} damaged templates are rendered or refused with a place, never more`, () => {
  const seeds = Object.values(CASES).flat();
  const random = new Random(42);
  for (let round = 0; round < COUNT; round += 1) {
    const source = damage(random, pickSource(random, seeds));
    check(source, answerCase(source, caseData()));
  }
});

function pickSource(random: Random, seeds: readonly string[]): string {
  if (random.chance(20)) return generateTemplate(random);
  if (random.chance(10)) return generateSearch(random);
  return seeds[random.below(seeds.length)] ?? '';
}

function damage(random: Random, source: string): string {
  let text = source;
  for (let count = random.below(4); count >= 0; count -= 1) {
    const at = random.below(text.length + 1);
    const length = random.chance(50) ? 0 : random.below(6);
    const piece = random.chance(20)
      ? text.slice(random.below(text.length + 1)).slice(0, 20)
      : PIECES[random.below(PIECES.length)];
    text = text.slice(0, at) + (piece ?? '') + text.slice(at + length);
  }
  return text;
}

function check(source: string, answer: Answer): void {
  if (answer.kind === 'ok') {
    assert.ok((answer.output ?? '').isWellFormed(), JSON.stringify(source));
    return;
  }
  const lines = source.split('\n').length;
  assert.ok((answer.line ?? 0) >= 1 && (answer.line ?? 0) <= lines, JSON.stringify(source));
  assert.match(answer.error ?? '', /\.$|: /, JSON.stringify(source));
}
