import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { it } from 'node:test';
import { listenToStopSignals } from './stop-signals.ts';

it('the same key press from terminal and npm counts once, a later one as asking again', async () => {
  const source = new EventEmitter();
  let now = 0;
  const signals = listenToStopSignals(source as unknown as NodeJS.Process, () => now);
  let hasAsked = false;
  const again = signals.again.then((signal) => {
    hasAsked = true;
    return signal;
  });
  source.emit('SIGINT', 'SIGINT');
  now = 900;
  source.emit('SIGINT', 'SIGINT');
  assert.equal(await signals.first, 'SIGINT');
  assert.equal(hasAsked, false);
  now = 1000;
  source.emit('SIGTERM', 'SIGTERM');
  assert.equal(await again, 'SIGTERM');
  source.emit('SIGINT', 'SIGINT');
});
