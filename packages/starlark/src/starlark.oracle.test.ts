import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type RecordedAnswer, readCases, readRecordedAnswers } from './testing/cases.ts';
import { agree, DIFFERENCES, type Difference, DRONE_DIFFERENCES } from './testing/differences.ts';
import { evaluate } from './testing/evaluate.ts';
import { generateExpression, generateProgram } from './testing/generate.ts';
import { mutate } from './testing/mutate.ts';
import { type Answer, askOracle, type Case, type Release } from './testing/oracle-client.ts';
import { Random } from './testing/random.ts';

const GENERATED = 6000;
const MUTATED = 4000;

test('hand-made cases give what Starlark-Go gives', () => {
  const cases = readCases();
  const answers = compare('go.mod', cases, DIFFERENCES);
  const recorded = cases.map((item, index): RecordedAnswer => {
    const theirs = answers[index];
    if (theirs === undefined) throw new Error('the oracle left out an answer');
    return { ...theirs, message: '', differs: !agree(theirs, evaluate(item)) };
  });
  if (process.env.UPDATE === '1') {
    const lines = recorded.map((answer) => `${JSON.stringify(answer)}\n`);
    writeFileSync(new URL('./testing/cases/answers.jsonl', import.meta.url), lines.join(''));
  }
  assert.deepEqual(recorded, readRecordedAnswers(), 'the recorded answers are old; run again with UPDATE=1');
});

test('hand-made programs that work with the Starlark-Go inside Drone give the same here', () => {
  compare('drone.mod', readCases(), DRONE_DIFFERENCES, (theirs) => theirs.error === '');
});

test('generated expressions and programs give what Starlark-Go gives', () => {
  const random = new Random(20260926);
  const cases = Array.from({ length: GENERATED }, (_, index) =>
    index % 2 === 0 ? expression(random) : generateProgram(random),
  );
  compare('go.mod', cases.map(asCase), DIFFERENCES);
});

test('damaged programs are refused or run as Starlark-Go does it', () => {
  const random = new Random(117);
  const sources = readCases().map(({ source }) => source);
  const cases = Array.from({ length: MUTATED }, () => mutate(random, random.pick(sources), sources));
  compare('go.mod', cases.map(asCase), DIFFERENCES);
});

function expression(random: Random): string {
  return `def main(ctx):\n    n, s, xs, d = 3, "abc", [1, 2], {"a": 1}\n    return ${generateExpression(random, 3)}\n`;
}

function asCase(source: string): Case {
  return { source, main: true };
}

function compare(
  release: Release,
  cases: readonly Case[],
  differences: readonly Difference[],
  isAsked: (theirs: Answer) => boolean = () => true,
): Answer[] {
  const answers = askOracle(release, cases);
  assert.equal(answers.length, cases.length);
  const problems: string[] = [];
  for (const [index, item] of cases.entries()) {
    const theirs = answers[index];
    if (theirs === undefined || !isAsked(theirs)) continue;
    const ours = evaluate(item);
    if (agree(theirs, ours) || differences.some(({ applies }) => applies(theirs, ours, item))) continue;
    problems.push(`${item.source}\nStarlark-Go: ${JSON.stringify(theirs)}\nours: ${JSON.stringify(ours)}`);
  }
  assert.equal(problems.length, 0, problems.slice(0, 5).join('\n\n'));
  return answers;
}
