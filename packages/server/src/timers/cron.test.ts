import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createSignal } from '../events/signal.ts';
import { startCronTimer, untilNextLook } from './cron.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

it('cron jobs are looked for when the first is due, once in an interval at least, and never twice in a minute', () => {
  const now = 1_000_000_000;
  const wait = (last: number | undefined, due: number | undefined, interval = HOUR / 2) =>
    untilNextLook({ now, last, due, interval });
  assert.equal(wait(undefined, now - HOUR), 0);
  assert.equal(wait(undefined, undefined), HOUR / 2);
  assert.equal(wait(now - 5 * MINUTE, now + 90_000), 90_000);
  assert.equal(wait(now - 5 * MINUTE, now + HOUR), 25 * MINUTE);
  assert.equal(wait(now - 5 * MINUTE, undefined), 25 * MINUTE);
  assert.equal(wait(now - HOUR, undefined), 0);
  assert.equal(wait(now - 20_000, now - 10_000), 40_000);
  assert.equal(wait(now - 20_000, now - 10_000, 30_000), 10_000);
  // A clock that was set back does not stop the jobs for longer than an interval.
  assert.equal(wait(now + 9 * HOUR, now), HOUR / 2);
  assert.equal(wait(now, undefined, 1000 * HOUR), 24 * HOUR);
});

it('a changed job is seen at once, a failing look is reported, and stopping waits for the look under way', async () => {
  const changed = createSignal();
  const failures: unknown[] = [];
  let nowMs = 1_000_000_000;
  let due: number | undefined;
  let looks = 0;
  let reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let hasEnded = false;
  const stop = startCronTimer({
    changed,
    intervalMs: HOUR,
    nowMs: () => nowMs,
    findNextDue: async () => due,
    onFailure: (error) => failures.push(String(error)),
    async look() {
      looks += 1;
      reached.resolve();
      if (looks === 1) throw new Error('first');
      await release.promise;
      hasEnded = true;
    },
  });
  due = nowMs / 1000;
  changed.fire();
  await reached.promise;
  reached = Promise.withResolvers<void>();
  nowMs += MINUTE;
  changed.fire();
  await reached.promise;
  const stopping = stop();
  release.resolve();
  await stopping;
  assert.deepEqual(failures, ['Error: first']);
  assert.equal(hasEnded, true);
  assert.equal(looks, 2);
});
