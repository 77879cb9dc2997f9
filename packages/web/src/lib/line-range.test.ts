import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLineRange, parseLineRange } from './line-range.ts';

test('[ui U69] line addresses are read and written', () => {
  assert.deepEqual(parseLineRange('#L12'), { first: 12, last: 12 });
  assert.deepEqual(parseLineRange('#L20-L10'), { first: 10, last: 20 });
  assert.equal(formatLineRange({ first: 10, last: 20 }), '#L10-L20');
  assert.equal(formatLineRange({ first: 3, last: 3 }), '#L3');
});

test('[ui U69] other fragments are no lines', () => {
  for (const hash of ['', '#L0', '#L1-2', '#token', '#L99999999999'])
    assert.equal(parseLineRange(hash), undefined);
});
