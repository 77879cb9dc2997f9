import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { GoValue } from './data.ts';
import { generateTemplate } from './testing/generate.ts';
import { generateLetters, generatePrint, generateSearch } from './testing/generate-focused.ts';
import { askOracle } from './testing/oracle-client.ts';
import { Random } from './testing/random.ts';
import { RECORDED, type Recording } from './testing/recorded.ts';
import { type Answer, answerCase, CASES, caseData, plainData } from './testing/suite.ts';

/**
 * Where we differ from Go on purpose. `go` and `ours` are found in what Go's error and our error say.
 */
const DIFFERENCES: readonly { readonly go: RegExp; readonly ours: RegExp; readonly reason: string }[] = [
  {
    go: /error calling slice: cannot index slice\/array with type interface/,
    ours: /^$/,
    reason: 'Go refuses an index that comes from data (an interface), which helps nobody; we take it.',
  },
  {
    go: /292277026596-12-04/,
    ours: /too large for a time/,
    reason: 'Beyond 2^53 seconds (year 285 million) times are no longer exact, so they are refused.',
  },
];

/** Go blames the end of the second definition, we blame its beginning. */
const LINES_DIFFER = /multiple definition of template/;

const GENERATED: readonly {
  readonly name: string;
  readonly count: number;
  readonly generate: (random: Random) => string;
}[] = [
  { name: 'templates', count: 6000, generate: generateTemplate },
  { name: 'searches', count: 6000, generate: generateSearch },
  { name: 'formats', count: 6000, generate: generatePrint },
  { name: 'letters', count: 3000, generate: generateLetters },
];

describe("Go's own text/template agrees", () => {
  for (const [subject, sources] of Object.entries(CASES)) {
    it(`on ${sources.length} hand-made cases about ${subject}`, () => {
      const answers = askOracle(sources, caseData());
      assertSame(sources, answers, caseData());
      assertRecorded(subject, answers);
    });
  }
  for (const { name, count, generate } of GENERATED) {
    it(`on ${count} generated ${name}`, () => {
      const random = new Random(Number(process.env.SORTIE_SEED ?? 20_250_101));
      const sources = Array.from({ length: count }, () => generate(random));
      assertSame(sources, askOracle(sources, plainData()), plainData());
    });
  }
});

function assertSame(sources: readonly string[], answers: readonly Answer[], data: GoValue): void {
  assert.equal(answers.length, sources.length);
  const differing = sources.flatMap((source, index) => {
    const go = answers[index] ?? { kind: 'request' };
    const ours = answerCase(source, data);
    return isSame(go, ours) || isOnPurpose(go, ours) ? [] : [{ source, go, ours }];
  });
  assert.deepEqual(differing.slice(0, 10), []);
}

function isSame(go: Answer, ours: Answer): boolean {
  if (go.kind !== ours.kind) return false;
  if (go.kind === 'ok') return (go.output ?? '') === ours.output;
  // A panic in Go's library tells no line.
  return go.line === undefined || go.line === ours.line || LINES_DIFFER.test(go.error ?? '');
}

function isOnPurpose(go: Answer, ours: Answer): boolean {
  return DIFFERENCES.some(
    (difference) => difference.go.test(go.error ?? go.output ?? '') && difference.ours.test(ours.error ?? ''),
  );
}

/** The answers that the tests without Go rely on. `UPDATE=1` writes them anew. */
function assertRecorded(subject: string, answers: readonly Answer[]): void {
  const recording: Recording = answers.map(({ kind, output, line }) => [
    kind,
    kind === 'ok' ? (output ?? '') : (line ?? 0),
  ]);
  if (process.env.UPDATE === '1') {
    const all = { ...readRecorded(), [subject]: recording };
    const lines = Object.entries(all).map(
      ([name, entries]) =>
        `${JSON.stringify(name)}:[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`,
    );
    writeFileSync(RECORDED, `{${lines.join(',\n')}}\n`);
  }
  assert.deepEqual(readRecorded()[subject], recording, 'The recording is old; run this test with UPDATE=1.');
}

function readRecorded(): Record<string, Recording> {
  return JSON.parse(readFileSync(RECORDED, 'utf8'));
}
