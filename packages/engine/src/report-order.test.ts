import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ReportOrder } from './report-order.ts';

it('whoever asks waits for the ends before, and for none that come later', async () => {
  const order = new ReportOrder();
  const told: string[] = [];
  const first = order.ended();
  const waiting = order.settled().then(() => told.push('next'));
  const later = order.ended();
  await Promise.resolve();
  assert.deepEqual(told, []);
  first();
  await waiting;
  assert.deepEqual(told, ['next']);
  later();
  await order.settled();
});
