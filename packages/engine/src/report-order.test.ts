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

it('the steps of a stage wait for the first report of a start, and for no other', async () => {
  const order = new ReportOrder();
  const first = Promise.withResolvers<void>();
  const never = new Promise<void>(() => undefined);
  const told: string[] = [];
  const waiting = [order.began(first.promise), order.began(never)].map((known) =>
    known.then(() => told.push('go')),
  );
  await Promise.resolve();
  assert.deepEqual(told, []);
  first.resolve();
  await Promise.all(waiting);
  assert.deepEqual(told, ['go', 'go']);
});
