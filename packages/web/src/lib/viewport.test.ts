import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrollTopFor, viewportOf } from './viewport.ts';

const WINDOW = { rowPx: 20, heightPx: 600 };

test('a short list is drawn whole', () => {
  const view = viewportOf({ ...WINDOW, count: 5, scrollTop: 0 });
  assert.deepEqual(view, { totalPx: 100, first: 0, last: 5, offsetPx: 0 });
});

test('the drawn items cover the window with some to spare', () => {
  const view = viewportOf({ ...WINDOW, count: 1_000, scrollTop: 4_000 });
  assert.deepEqual([view.first, view.last, view.offsetPx], [180, 251, 3_600]);
});

test('[ui U67] never more than 300 items are drawn', () => {
  const view = viewportOf({ rowPx: 1, heightPx: 50_000, count: 1_000_000, scrollTop: 300 });
  assert.ok(view.last - view.first <= 300);
});

test('[ui U68] a list too high for the browser is still reached from end to end', () => {
  const count = 1_000_000;
  const start = viewportOf({ ...WINDOW, count, scrollTop: 0 });
  assert.equal(start.totalPx, 8_000_000);
  const end = viewportOf({ ...WINDOW, count, scrollTop: start.totalPx - WINDOW.heightPx });
  assert.equal(end.last, count);
  for (const item of [0, 1, 500_000, 999_999]) {
    const view = viewportOf({ ...WINDOW, count, scrollTop: scrollTopFor(item, { ...WINDOW, count }) });
    assert.ok(view.first <= item && item < view.last, `item ${item}`);
  }
});

test('items of several rows are found by their rows', () => {
  const rowsBefore = Uint32Array.from({ length: 101 }, (_, item) => item * 3);
  const view = viewportOf({ ...WINDOW, count: 100, scrollTop: 60 * 30, rowsBefore });
  assert.equal(view.totalPx, 6_000);
  assert.deepEqual([view.first, view.offsetPx], [10, 600]);
});
