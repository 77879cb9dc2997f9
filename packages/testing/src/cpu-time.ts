import assert from 'node:assert/strict';

const RUNS = 5;

/**
 * Fails when the work takes the processor for `limitMs` or longer in each of five runs. Time on the clock says nothing
 * on a busy machine, and during some runs the collector or the compiler of the engine works too, so the best one
 * counts. Limits are to tell slow growth from the right one: leave them far above what the work needs.
 */
export function assertQuick(work: () => unknown, limitMs: number, what = 'the work'): void {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS && leastMs >= limitMs; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    leastMs = Math.min(leastMs, (user + system) / 1000);
  }
  assert.ok(leastMs < limitMs, `${what} needs ${leastMs} ms of the processor`);
}
