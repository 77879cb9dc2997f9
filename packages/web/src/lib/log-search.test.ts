import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogBuffer } from './log-buffer.ts';
import { compileSearch, matchLines, stepMatch } from './log-search.ts';

const buffer = new LogBuffer();
buffer.append(new TextEncoder().encode('Error: a\nfine\n\x1b[31mer\x1b[0mror (b)\n12 tests\n'));

function find(text: string): number[] {
  const pattern = compileSearch(text);
  return pattern === undefined ? [] : matchLines(buffer, pattern, 0, 100);
}

test('[ui U70] a search ignores case unless the text has capitals, and looks through colours', () => {
  assert.deepEqual(find('error'), [0, 2]);
  assert.deepEqual(find('Error'), [0]);
});

test('[ui U70] slashes make a pattern, a broken one is plain text', () => {
  assert.deepEqual(find('/^\\d+ tests$/'), [3]);
  assert.deepEqual(find('/(/'), []);
  assert.deepEqual(find('(b)'), [2]);
  assert.deepEqual(find(''), []);
});

test('[ui U70] next and previous wrap round', () => {
  assert.equal(stepMatch([3, 8], 3, 1), 1);
  assert.equal(stepMatch([3, 8], 8, 1), 0);
  assert.equal(stepMatch([3, 8], 3, -1), 1);
  assert.equal(stepMatch([], 0, 1), -1);
});
