import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barOf } from './timeline.ts';

const whole = { started: 100, ended: 200 };

test('a span lies where it happened within the whole', () => {
  assert.deepEqual(barOf({ started: 125, ended: 150 }, whole, 0), { left: 25, width: 25 });
});

test('a running span reaches up to now', () => {
  assert.deepEqual(barOf({ started: 110, ended: 0 }, { started: 100, ended: 0 }, 120), {
    left: 50,
    width: 50,
  });
});

test('a very short span can still be seen, and one that has not begun is none', () => {
  assert.deepEqual(barOf({ started: 200, ended: 200 }, whole, 0), { left: 98, width: 2 });
  assert.equal(barOf({ started: 0, ended: 0 }, whole, 0), undefined);
});
