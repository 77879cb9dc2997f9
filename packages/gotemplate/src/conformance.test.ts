import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { RECORDED, type Recording } from './testing/recorded.ts';
import { answerCase, CASES, caseData } from './testing/suite.ts';

/** Cases in which we differ from Go on purpose; gotemplate.oracle.test.ts gives the reasons. */
const DIFFERENT: ReadonlySet<string> = new Set(['{{time 1700000000}} {{time .huge}}']);
/** Go blames the end of a second definition, we blame its beginning. */
const DEFINED_TWICE = /is defined twice/;

const recorded: Record<string, Recording> = JSON.parse(readFileSync(RECORDED, 'utf8'));

describe("templates give what Go's text/template gave when it was asked", () => {
  for (const [subject, sources] of Object.entries(CASES)) {
    it(`in ${sources.length} cases about ${subject}`, () => {
      const expected = recorded[subject] ?? [];
      assert.equal(expected.length, sources.length);
      sources.forEach((source, index) => {
        if (!DIFFERENT.has(source)) check(source, expected[index] ?? ['', '']);
      });
    });
  }
});

function check(source: string, [kind, result]: Recording[number]): void {
  const answer = answerCase(source, caseData());
  assert.equal(answer.kind, kind, source);
  if (kind === 'ok') assert.equal(answer.output, result, source);
  else if (result !== 0 && !DEFINED_TWICE.test(answer.error ?? '')) assert.equal(answer.line, result, source);
}
