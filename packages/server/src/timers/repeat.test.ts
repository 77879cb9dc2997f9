import assert from 'node:assert/strict';
import { it } from 'node:test';
import { repeat } from './repeat.ts';

it('work that fails is reported and run again, and stopping waits for the pass under way', async () => {
  const failures: unknown[] = [];
  const third = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let passes = 0;
  let hasEnded = false;
  const stop = repeat(
    async () => {
      passes += 1;
      if (passes < 3) throw new Error(`pass ${passes}`);
      third.resolve();
      await release.promise;
      hasEnded = true;
    },
    { everyMs: 1, onFailure: (error) => failures.push(String(error)) },
  );
  // The timer does not keep a process alive by itself.
  const alive = setInterval(() => undefined, 1000);
  await third.promise;
  const stopping = stop();
  release.resolve();
  await stopping;
  clearInterval(alive);
  assert.deepEqual(failures, ['Error: pass 1', 'Error: pass 2']);
  assert.equal(hasEnded, true);
  assert.equal(passes, 3);
});
