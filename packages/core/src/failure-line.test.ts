import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { type FailureKind, failureKind, plainLine } from './failure-line.ts';

const CASES: readonly [FailureKind | undefined, string][] = [
  ['go', '--- FAIL: TestParse (0.00s)'],
  ['go', '    --- FAIL: TestParse/empty (0.00s)'],
  ['go', './main.go:12:5: undefined: foo'],
  ['go', 'FAIL\texample.com/app/parse\t0.012s'],
  ['go', 'panic: runtime error: index out of range [3] with length 3'],
  ['tap', 'not ok 4 - parses nothing'],
  ['tap', '    not ok 1 - nested'],
  [undefined, 'not ok 5 - later # TODO write it'],
  [undefined, 'not ok 6 - elsewhere # skip no docker'],
  [undefined, 'ok 7 - parses'],
  ['jest', '  ● parser › parses nothing'],
  ['jest', '    ✕ parses nothing (3 ms)'],
  ['jest', ' × src/parse.test.ts > parses nothing'],
  ['jest', 'FAIL src/parse.test.ts'],
  ['jest', ' FAIL  src/parse.test.ts > parses nothing'],
  ['node', '✖ parses nothing (1.2ms)'],
  ['pytest', 'FAILED tests/test_parse.py::test_empty - AssertionError'],
  ['pytest', "E       assert [] == ['a']"],
  ['java', 'Tests run: 3, Failures: 1, Errors: 0 <<< FAILURE! - in ParseTest'],
  ['java', '[ERROR] ParseTest.empty:12 expected: <1> but was: <2>'],
  ['java', '> Task :test FAILED'],
  ['java', 'ParseTest > empty() FAILED'],
  ['rust', 'test parse::empty ... FAILED'],
  ['rust', 'error[E0425]: cannot find value `x` in this scope'],
  ['typescript', "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'."],
  ['typescript', "src/a.ts:3:7 - error TS2322: Type 'string' is not assignable."],
  ['compiler', 'main.c:4:10: fatal error: missing.h: No such file or directory'],
  ['compiler', "src/main.cpp:9: error: 'x' was not declared in this scope"],
  ['make', 'make: *** [Makefile:3: test] Error 1'],
  ['make', 'gmake[2]: *** [all] Error 2'],
  ['other', 'npm error code ENOENT'],
  ['other', 'npm ERR! missing script: tset'],
  ['other', 'error: could not compile `app`'],
  ['other', "fatal: repository 'x' not found"],
  ['other', "TypeError: Cannot read properties of undefined (reading 'x')"],
  ['other', 'java.lang.IllegalStateException: boom'],
  ['other', 'sh: tset: not found'],
  [undefined, ''],
  [undefined, 'all tests passed'],
  [undefined, '0 errors, 0 warnings'],
  [undefined, 'ok  \texample.com/app\t0.01s'],
  [undefined, 'Failures: 0'],
  [undefined, 'Error handling is described below'],
];
for (const [kind, line] of CASES) {
  test(`${JSON.stringify(line)} ${kind === undefined ? 'is no failure' : `is a failure in the words of ${kind}`}`, () => {
    assert.equal(failureKind(line), kind);
  });
}

test('colours, line ends and overwritten progress are not part of a line', () => {
  const esc = String.fromCharCode(27);
  assert.equal(plainLine(`${esc}[31m✖${esc}[0m parses  \r\n`), '✖ parses');
  assert.equal(plainLine('10%\r50%\r100% done\n'), '100% done');
  assert.equal(plainLine('x'.repeat(100_000)).length, 1000);
});

test('a line made to be slow is looked at fast', () => {
  assertQuick(() => {
    for (const piece of ['a:', ' > ', 'A', 'error ', 'not ok '])
      failureKind(plainLine(piece.repeat(100_000)));
  }, 1000);
});
