import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StarlarkError } from './errors.ts';
import { runStarlark } from './run.ts';
import { readCases } from './testing/cases.ts';
import { CONTEXT } from './testing/evaluate.ts';
import { generateProgram } from './testing/generate.ts';
import { mutate } from './testing/mutate.ts';
import { Random } from './testing/random.ts';

/** `SORTIE_FUZZ=100000` for the long run. */
const COUNT = Number(process.env.SORTIE_FUZZ ?? 1000);

test(`${COUNT} damaged and generated programs end with a result or a StarlarkError, and always with the same`, () => {
  const random = new Random(COUNT);
  const sources = readCases().map(({ source }) => source);
  for (let index = 0; index < COUNT; index += 1) {
    const base = random.chance(30) ? generateProgram(random) : random.pick(sources);
    const source = random.chance(90) ? mutate(random, base, sources) : base;
    const first = outcome(source);
    if (index % 10 === 0) assert.equal(outcome(source), first, source);
  }
});

/** Anything else that is thrown fails the test. */
function outcome(source: string): string {
  try {
    const { text, printed, steps } = runStarlark(source, { file: 'fuzz.star', ctx: CONTEXT });
    return JSON.stringify([text, printed, steps]);
  } catch (error) {
    if (!(error instanceof StarlarkError))
      throw new Error(`not a StarlarkError, from:\n${source}`, { cause: error });
    return error.describe();
  }
}
