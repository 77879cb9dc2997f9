import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { matchGlob } from './glob.ts';

/** Pattern, value, whether they match (pipeline.md 3.3). */
const CASES: readonly (readonly [string, string, boolean])[] = [
  ['feature/*', 'feature/a', true],
  ['feature/*', 'feature/a/b', false],
  ['feature/**', 'feature/a/b', true],
  ['feature/**', 'feature', false],
  ['feature/**', 'feature/', false],
  ['**', 'a/b/c', true],
  ['**', '', true],
  ['*', '', true],
  ['*', 'a', true],
  ['*', 'a/b', false],
  ['**/x', 'x', true],
  ['**/x', 'a/b/x', true],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a**', 'abc', true],
  ['a**', 'a/b', false],
  ['feature/{a,b}', 'feature/b', true],
  ['feature/{a,b}', 'feature/c', false],
  ['{feature/*,bug/*}', 'feature/x', false],
  ['refs/tags/*', 'refs/tags/v1', true],
  ['refs/tags/*', 'refs/tags/a/b', false],
  ['refs/tags/**', 'refs/tags/a/b', true],
  ['!main', 'dev', false],
  ['!main', '!main', true],
  ['[!a-c]x', 'dx', false],
  ['[!a-c]x', '!x', true],
  ['[^a-c]x', 'dx', true],
  ['[^a-c]x', 'ax', false],
  ['a', 'a/', true],
  ['a/', 'a', true],
  ['x{a,}', 'x', false],
  ['x{,a}', 'x', false],
  ['x{,a}', 'xa', true],
  ['Main', 'main', false],
  ['v?', 'vé', true],
  ['v?', 'v', false],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
  ['a.c', 'abc', false],
  ['[', '[', false],
  ['{a', '{a', false],
  ['pu*', 'push', true],
];

for (const [pattern, value, matches] of CASES) {
  const verb = matches ? 'matches' : 'does not match';
  test(`the pattern ${JSON.stringify(pattern)} ${verb} ${JSON.stringify(value)}`, () => {
    assert.equal(matchGlob(pattern, value), matches);
  });
}

test('a pattern made to be slow takes no longer than a simple one', () => {
  assertQuick(() => {
    assert.equal(matchGlob('*a*a*a*a*b', 'a'.repeat(2000)), false);
    assert.equal(matchGlob(`${'**/'.repeat(30)}b`, 'a/'.repeat(200)), false);
  }, 2000);
});
