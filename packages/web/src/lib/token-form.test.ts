import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryOf } from './token-form.ts';

test('[ui U92] a lifetime in days becomes a point in time, none stays none', () => {
  assert.equal(expiryOf('7', 1_000), 605_800);
  assert.equal(expiryOf('0', 1_000), 0);
});
