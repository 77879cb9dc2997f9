// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { SubstitutionError, substitute } from './substitute.ts';

const VALUES: Readonly<Record<string, string>> = {
  A: 'hello',
  P: '/a/b/c.tar.gz',
  SHA: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  TAG: 'v1.2.3',
  BRANCH: 'feature/a/b',
  UMLAUT: 'äh',
  NUMBERS: 'abc123',
};
const lookup = (name: string) => VALUES[name] ?? '';

/** Template and result (pipeline.md 5.2, 5.3). */
const CASES: readonly (readonly [string, string])[] = [
  ['${A}', 'hello'],
  ['${E}', ''],
  ['${#A}', '5'],
  ['${#UMLAUT}', '3'],
  ['${A^}', 'Hello'],
  ['${A^^}', 'HELLO'],
  ['${A,}${A,,}', 'hellohello'],
  ['${A:1}', 'ello'],
  ['${A:1:2}', 'el'],
  ['${A:9}', ''],
  ['${A:1:99}', 'ello'],
  ['${A:x}', 'hello'],
  ['${A: -2}', 'lo'],
  ['${P#*/}', 'a/b/c.tar.gz'],
  ['${P##*/}', 'c.tar.gz'],
  ['${P%.*}', '/a/b/c.tar'],
  ['${P%%.*}', '/a/b/c'],
  ['${NUMBERS%%[0-9]*}', 'abc'],
  ['${NUMBERS%[0-9]}', 'abc12'],
  ['${NUMBERS#[^b]}', 'bc123'],
  ['${A#x}', 'hello'],
  ['${A#[}', 'hello'],
  ['${A/l/L}', 'heLlo'],
  ['${A//l/L}', 'heLLo'],
  ['${A//l/}', 'heo'],
  ['${P//\\//-}', '-a-b-c.tar.gz'],
  ['${A/#he/HE}', 'HEllo'],
  ['${A/%lo/LO}', 'helLO'],
  ['${A/l*/x}', 'hello'],
  ['${E=x}${E:=x}${E:-x}${E:+x}${E:?x}', 'xxxxx'],
  ['${A:-x}${A:+x}', 'hellohello'],
  ['${E:-${A}}', 'hello'],
  ['${E:-${E:-deep}}', 'deep'],
  ['$A $1 $(date) $', '$A $1 $(date) $'],
  ['{{ .x }}', '{{ .x }}'],
  ['$${A}', '${A}'],
  ['$$A', '$A'],
  ['$$${A}', '$hello'],
  ['$$$${A}', '$${A}'],
  ['${E:-$$x}', '$$x'],
  ['\\${A}', '\\hello'],
  ['\\\\.\\\\pipe\\\\x a\\/b', '\\.\\pipe\\x a/b'],
];

for (const [template, result] of CASES) {
  test(`${template} gives ${JSON.stringify(result)}`, () => {
    assert.equal(substitute(template, lookup), result);
  });
}

test('[pipeline 56] the first eight bytes of the commit', () => {
  assert.equal(substitute('${SHA:0:8}', lookup), '6dcb09b5');
});

test('[pipeline 57] a prefix is stripped and slashes are replaced', () => {
  assert.equal(substitute('${TAG##v} ${BRANCH//\\//-}', lookup), '1.2.3 feature-a-b');
});

test('[pipeline 58] expressions for the shell pass', () => {
  assert.equal(substitute('$${HOME} $HOME $(date)', lookup), '${HOME} $HOME $(date)');
});

test('[pipeline 59] two dollar signs become one', () => {
  assert.equal(substitute('echo $$', lookup), 'echo $');
});

test('[pipeline 61] a negative length drops from the end', () => {
  assert.equal(substitute('${A:1:-1}', lookup), 'ell');
});

test('[pipeline 63] double backslashes and escaped slashes collapse outside of expressions', () => {
  assert.equal(substitute('a\\\\b\\/c', lookup), 'a\\b/c');
});

for (const bad of [
  '${A-x}',
  '${A+x}',
  '${A?x}',
  '${A[0]}',
  '${!A}',
  '${A@Q}',
  '${A.B}',
  '${A B}',
  '${ A }',
  '${}',
  '${A',
  '${A:-x',
  '${A/x}',
  '${A^a}',
]) {
  test(`${bad} is an error`, () => {
    assert.throws(() => substitute(`x ${bad}`, lookup), SubstitutionError);
  });
}

test('a pattern made to be slow is answered soon', () => {
  assertQuick(() => substitute('${LONG##*a*a*a*a*a*a*b}', () => 'a'.repeat(2000)), 2000);
});

test('a replacement that would fill the memory is an error', () => {
  const template = `\${LONG//a/${'x'.repeat(10_000)}}`;
  assert.throws(() => substitute(template, () => 'a'.repeat(100_000)), SubstitutionError);
});
