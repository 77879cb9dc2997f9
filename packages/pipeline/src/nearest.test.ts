import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from './nearest.ts';

test('insertions, deletions, replacements and swaps of neighbours count one each', () => {
  assert.equal(editDistance('image', 'image'), 0);
  assert.equal(editDistance('image', 'imag'), 1);
  assert.equal(editDistance('iamge', 'image'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('', 'abc'), 3);
});

test('the nearest known word is proposed, a far one is not', () => {
  assert.equal(nearest('enviroment', ['image', 'environment']), 'environment');
  assert.equal(nearest('foo', ['image', 'environment']), undefined);
  assert.equal(nearest('x'.repeat(1000), ['image']), undefined);
});
