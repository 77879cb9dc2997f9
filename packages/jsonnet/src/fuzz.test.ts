import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { evaluate } from './evaluate.ts';
import { manifestJson } from './manifest/json.ts';
import { CASE_FILES, readCaseFile } from './testing/case-file.ts';
import { Generator } from './testing/generate.ts';
import { makeProgram } from './testing/generate-programs.ts';

/** `SORTIE_FUZZ=100000` is the full run. */
const COUNT = Number(process.env.SORTIE_FUZZ ?? 1000);
const LIMITS = { steps: 20_000, memoryBytes: 4 * 1024 * 1024, outputBytes: 64 * 1024 };
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    ':',
    '::',
    '+:',
    '.',
    '$',
    'self',
    'super',
    'local x = ',
    'for x in ',
  ],
  ...[
    'if ',
    ' then ',
    ' else ',
    'error ',
    'assert ',
    'function(x) ',
    'import ',
    ' tailstrict',
    'std.',
    '%',
    '"',
    "'",
  ],
  ...[
    '|||\n  ',
    '\n',
    '\t',
    '//',
    '/*',
    '@"',
    '1e999',
    '-',
    '~',
    '!',
    '==',
    '<',
    '<<',
    '\\u',
    '\ud83d',
    '\0',
    '😀',
  ],
];

test(`${COUNT} damaged programs end in a value or a JsonnetError with a place inside the file`, () => {
  const generator = new Generator(7);
  const corpus = CASE_FILES.flatMap((name) => readCaseFile(name));
  for (let index = 0; index < COUNT; index++) {
    const start = generator.below(4) === 0 ? makeProgram(generator) : generator.pick(corpus);
    checkOne(mutate(generator, start, corpus));
  }
});

function mutate(generator: Generator, start: string, corpus: readonly string[]): string {
  let source = start;
  for (let count = generator.below(4) + 1; count > 0; count--) {
    const at = generator.below(source.length + 1);
    const end = Math.min(source.length, at + generator.below(8));
    const insert = generator.pick([
      () => '',
      () => generator.pick(PIECES),
      () => generator.pick(PIECES).repeat(generator.below(20)),
      () => source.slice(at, end).repeat(generator.below(4)),
      () => generator.pick(corpus).slice(0, 30),
    ])();
    source = source.slice(0, at) + insert + source.slice(generator.below(2) === 0 ? at : end);
  }
  return source;
}

function checkOne(source: string): void {
  try {
    const { value } = evaluate(source, { file: 'fuzz', limits: LIMITS });
    JSON.parse(manifestJson(value));
  } catch (error) {
    assert.ok(error instanceof JsonnetError, `${JSON.stringify(source)} threw ${String(error)}`);
    assert.equal(error.cause, undefined, JSON.stringify(source));
    const lines = source.split('\n').length;
    assert.ok(error.file !== 'fuzz' || (error.line >= 1 && error.line <= lines), JSON.stringify(source));
  }
}
