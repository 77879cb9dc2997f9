import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { evaluate } from './evaluate.ts';

function errorOf(source: string): JsonnetError {
  try {
    evaluate(source, { file: 'a.jsonnet' });
  } catch (error) {
    if (error instanceof JsonnetError) return error;
    throw error;
  }
  return assert.fail('the program has a value');
}

/** Source, kind, line, column, what the message says. */
const CASES: readonly (readonly [string, string, number, number, RegExp])[] = [
  ['{a: 1', 'syntax', 1, 6, /Expected "," between the fields of an object, found end of file/],
  ['{\n  a: 1\n  b: 2\n}', 'syntax', 3, 3, /Expected "," between the fields/],
  ['local x = 1\nx', 'syntax', 2, 1, /Expected ";" after "local"/],
  ['[1, 2', 'syntax', 1, 6, /Expected ","/],
  ['"abc', 'syntax', 1, 1, /has no end/],
  ['"é😀\\q"', 'syntax', 1, 4, /\\q is not an escape sequence/],
  ['/* a', 'syntax', 1, 1, /comment has no end/],
  ['1 + ', 'syntax', 1, 5, /Expected an expression/],
  ['{a: 1, a: 2}', 'syntax', 1, 8, /written twice/],
  ['import "a" + "b"', 'syntax', 1, 17, /plain string, not computed/],
  ['local x = 1;\n  y', 'scope', 2, 3, /Unknown name "y"/],
  ['if true then 1 else nope', 'scope', 1, 21, /Unknown name "nope"/],
  ['self.a', 'scope', 1, 1, /"self" means nothing outside an object/],
  ['$', 'scope', 1, 1, /"\$" means nothing outside an object/],
  ['1 +\n  {}', 'runtime', 1, 3, /"\+" cannot join number and object/],
  ['{a: 1}.b', 'runtime', 1, 7, /no field "b" \(there are: a\)/],
  ['[1, 2][5]', 'runtime', 1, 8, /index 5 lies outside the 2 elements/],
  ['1 / 0', 'runtime', 1, 3, /Division by zero/],
  ['error "boom"', 'runtime', 1, 1, /^boom$/],
  ['assert 1 == 2 : "no";\n1', 'runtime', 1, 1, /^no$/],
  ['{\n  assert self.a > 1 : "small",\n  a: 1\n}', 'runtime', 2, 3, /^small$/],
  ['std.length(5)', 'runtime', 1, 11, /type number has no length/],
  ['std.nope(1)', 'runtime', 1, 4, /no field "nope"/],
  ['(function(x) x)()', 'runtime', 1, 16, /needs an argument for the parameter "x"/],
  ['local f(x) = x; f(1, 2)', 'runtime', 1, 18, /"f" takes 1 arguments, got 2/],
  ['[function(x) x]', 'runtime', 1, 1, /function cannot be part of the output/],
  ['std.parseYaml("a: 1\\n b: 2")', 'runtime', 1, 14, /line 2/],
  ['std.parseJson("{")', 'runtime', 1, 14, /not JSON/],
];

for (const [source, kind, line, column, message] of CASES) {
  test(`${JSON.stringify(source)} is a ${kind} error at ${line}:${column}`, () => {
    const error = errorOf(source);
    assert.deepEqual([error.kind, error.file, error.line, error.column], [kind, 'a.jsonnet', line, column]);
    assert.match(error.message, message);
  });
}

test('an error tells through which calls it was reached, innermost first', () => {
  const error = errorOf('local f(x) = x.nope;\nlocal g(x) = f(x);\ng({})');
  assert.deepEqual(
    error.trace.map(({ what, line, column }) => `${line}:${column} ${what}`),
    ['2:15 in the call of f', '3:2 in the call of g'],
  );
  assert.match(
    error.describe(),
    /^a\.jsonnet:1:15: There is no field "nope"\.\n {2}a\.jsonnet:2:15 in the call of f\n/,
  );
});

test('the trace of an endless recursion stays short', () => {
  const error = errorOf('local f(x) = 1 + f(x + 1); f(0)');
  assert.equal(error.kind, 'limit');
  assert.ok(error.trace.length <= 20);
});
