import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusyError, createGate, createKeyedLocks } from './gate.ts';

test('a gate lets in as many as it is wide, the others in the order they came', async () => {
  const gate = createGate({ width: 2, maxWaiting: 10 });
  const order: string[] = [];
  const leave = await Promise.all([gate.enter(), gate.enter()]);
  const waiting = ['third', 'fourth'].map((name) =>
    gate.enter().then((out) => {
      order.push(name);
      return out;
    }),
  );
  await Promise.resolve();
  assert.deepEqual(order, []);
  leave[0]();
  leave[0]();
  const out = await waiting[0];
  assert.deepEqual(order, ['third']);
  out?.();
  (await waiting[1])?.();
  leave[1]();
  assert.equal(gate.isIdle, true);
});

test('a gate whose queue is full throws at once', async () => {
  const gate = createGate({ width: 1, maxWaiting: 0 });
  const leave = await gate.enter();
  await assert.rejects(gate.enter(), BusyError);
  leave();
  (await gate.enter())();
});

test('who is aborted while waiting leaves the queue and keeps no place', async () => {
  const gate = createGate({ width: 1, maxWaiting: 1 });
  const leave = await gate.enter();
  const abort = new AbortController();
  const waiting = gate.enter(abort.signal);
  abort.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  leave();
  assert.equal(gate.isIdle, true);
  await assert.rejects(gate.enter(abort.signal), /gone/);
});

test('locks of different keys do not wait for each other', async () => {
  const locks = createKeyedLocks(1);
  const [a, b] = await Promise.all([locks.enter('a'), locks.enter('b')]);
  const second = locks.enter('a');
  await assert.rejects(locks.enter('a'), BusyError);
  a();
  (await second)();
  b();
});
