import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { evaluate } from './evaluate.ts';
import type { Limits } from './limits.ts';

function errorOf(source: string, limits: Partial<Limits> = {}): JsonnetError {
  try {
    evaluate(source, { file: 'a', limits });
  } catch (error) {
    if (error instanceof JsonnetError) return error;
    throw error;
  }
  return assert.fail('the program has a value');
}

const NEST = 'local nest(n, x) = if n == 0 then x else nest(n - 1, [x]) tailstrict;';
const PAIR = 'local pair(n, x) = if n == 0 then x else pair(n - 1, [x, x]) tailstrict;';

/** What it does, and the program; all of them must end in a limit error without the host's stack overflowing. */
const HOSTILE: Readonly<Record<string, string>> = {
  'recursion without end': 'local f(n) = 1 + f(n + 1); f(0)',
  'a tail call without end': 'local f(n) = f(n + 1) tailstrict; f(0)',
  'recursion with deep expressions': `local f(n) = ${'-(1 + '.repeat(60)}f(n)${')'.repeat(60)}; f(0)`,
  'recursion through foldl': 'local f(n) = std.foldl(function(a, b) f(n), [1], 0); f(0)',
  'recursion through sort': 'local f(n) = std.sort([1, 2], function(x) f(n)); f(0)',
  'recursion through field names': 'local f(n) = {[f(n)]: 1 for x in [1]}; f(0)',
  'recursion through formats': 'local f(n) = "%s" % [f(n)]; f(0)',
  'a value that needs itself': 'local a = a; a',
  'fields that need each other': '{a: self.b, b: self.a}.a',
  'an object inside itself': '{a: $}',
  'a long chain of delayed values':
    'local a = std.makeArray(9999, function(i) if i == 0 then 0 else a[i - 1]); a[9998]',
  'a long chain of inheritance': 'std.foldl(function(o, i) o + {x: super.x}, std.range(1, 9999), {x: 1}).x',
  'parentheses in parentheses': `${'('.repeat(5000)}1${')'.repeat(5000)}`,
  'signs before signs': `${'-'.repeat(50_000)}1`,
  'arrays in arrays in the source': `${'['.repeat(5000)}${']'.repeat(5000)}`,
  'fields of fields': `local a = {b: self}; a${'.b'.repeat(50_000)}`,
  'a comprehension with many clauses': `[1 ${'for a in [1] '.repeat(5000)}]`,
  'a deep array': `${NEST} nest(9999, 1)`,
  'comparing deep arrays': `${NEST} nest(9999, 1) == nest(9999, 1)`,
  'ordering deep arrays': `${NEST} nest(9999, 1) < nest(9999, 1)`,
  'pruning a deep array': `${NEST} std.prune(nest(9999, 1))`,
  'deep JSON': 'std.parseJson(std.repeat("[", 50000) + std.repeat("]", 50000))',
  'an array that doubles': `${PAIR} pair(60, 1)`,
  'a text of an array that doubles': `${PAIR} std.length("" + pair(60, 1))`,
  'comparing arrays that double': `${PAIR} pair(60, 1) == pair(60, 1)`,
  'a string that doubles': 'std.foldl(function(s, i) s + s, std.range(1, 60), "ab")',
  'an array added to itself': 'std.foldl(function(a, i) a + a, std.range(1, 60), [1])',
  'a repeated string': 'std.repeat("ab", 2000000000)',
  'a range': 'std.range(1, 2000000000)',
  'an array of functions of its index': 'std.makeArray(2000000000, function(i) i)',
  'a wide format': '"%1999999999d" % 1',
  'a precise format': '"%.1999999999f" % 1',
  'a width from the values': '"%*d" % [1e300, 1]',
  'a long indent': `${NEST} std.length(std.manifestJsonEx(nest(200, 1), std.repeat(" ", 1000000)))`,
  'aliases of aliases': `std.parseYaml(${JSON.stringify(
    [
      'a: &a [x, x, x, x, x, x, x, x]',
      ...[...'bcdefghij'].map((name, index) => {
        const alias = `*${'abcdefghi'.charAt(index)}`;
        return `${name}: &${name} [${Array.from({ length: 8 }, () => alias).join(', ')}]`;
      }),
    ].join('\n'),
  )})`,
  'a search in a long string': 'std.findSubstr(std.repeat("ab", 500000), std.repeat("ab", 1000000))',
  'reading many long strings':
    'local b = std.repeat("x", 1000000); [std.length(b + i) for i in std.range(1, 9999)]',
};

for (const [what, source] of Object.entries(HOSTILE)) {
  test(`${what} ends at a limit`, () => {
    const error = errorOf(source, { steps: 1_000_000, memoryBytes: 32 * 1024 * 1024 });
    assert.equal(error.kind, 'limit', error.describe());
    // A cause would be the overflow of the host's stack.
    assert.equal(error.cause, undefined);
  });
}

test('names that reach out through very many scopes are refused instead of taking minutes', () => {
  const locals = Array.from({ length: 20_000 }, (_, index) => `local a${index} = std;`);
  assert.match(errorOf(`${locals.join('')} 1`).message, /Too many names/);
});

test('every limit can be set and names itself', () => {
  const loop = '[i for i in std.range(1, 1000)]';
  assert.match(errorOf(loop, { steps: 500 }).message, /more than 500 steps/);
  assert.match(errorOf(loop, { memoryBytes: 20_000 }).message, /more than 20000 bytes of memory/);
  assert.match(errorOf(loop, { outputBytes: 1000 }).message, /larger than 1000 bytes/);
  assert.match(
    errorOf('local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(99)', { frames: 50 }).message,
    /More than 50/,
  );
});

test('recursion as deep as the reference allows works', () => {
  const { value } = evaluate('local f(n) = if n == 0 then 0 else 1 + f(n - 1); f(490)', { file: 'a' });
  assert.equal(value, 490);
});

test('a tailstrict loop and long rows of operators, locals and assertions need no depth', () => {
  const loop = 'local f(n) = if n == 0 then "done" else f(n - 1) tailstrict; f(50000)';
  assert.equal(evaluate(loop, { file: 'a' }).value, 'done');
  assert.equal(evaluate(`0${' + 1'.repeat(20_000)}`, { file: 'a' }).value, 20_000);
  assert.equal(evaluate(`${'local x = 1; assert true; '.repeat(5000)}x`, { file: 'a' }).value, 1);
});
