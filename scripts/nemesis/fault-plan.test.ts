import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FaultPlan, planFaults } from './fault-plan.ts';
import { createRandom } from './random.ts';

const MINUTE_MS = 60_000;
const RUNNERS = ['one', 'two'];

function plan(seed: number, about: Partial<FaultPlan> = {}) {
  const all = { lengthMs: MINUTE_MS, runners: RUNNERS, hasDocker: true, hasSmallDisks: true };
  return planFaults(createRandom(seed).fork('faults'), { ...all, ...about });
}

describe('a plan of faults', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    assert.deepEqual(plan(5), plan(5));
    assert.notDeepEqual(plan(5), plan(6));
  });

  it('holds each kind within half a minute, and clocks of the server and of a runner', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const early = plan(seed, { lengthMs: MINUTE_MS / 2 });
      const kinds = new Set(early.map(({ kind }) => kind));
      assert.deepEqual([...kinds].sort(), ['clock', 'container', 'disk', 'kill', 'pause'], `seed ${seed}`);
      const clocks = early.filter(({ kind }) => kind === 'clock').map(({ target }) => target);
      assert.ok(clocks.includes('server') && clocks.some((name) => RUNNERS.includes(name)), `seed ${seed}`);
    }
  });

  it('is in the order of time, and puts clocks forward and back by minutes', () => {
    const faults = plan(1, { lengthMs: 10 * MINUTE_MS });
    assert.deepEqual(
      faults,
      faults.toSorted((one, other) => one.atMs - other.atMs),
    );
    const jumps = faults.filter(({ kind }) => kind === 'clock').map(({ byMs }) => byMs);
    assert.ok(jumps.some((byMs) => byMs > 0) && jumps.some((byMs) => byMs < 0));
    assert.ok(jumps.every((byMs) => Math.abs(byMs) >= 2 * MINUTE_MS));
  });

  it('leaves out what the machine does not allow', () => {
    const kinds = new Set(plan(1, { hasDocker: false, hasSmallDisks: false }).map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ['clock', 'kill', 'pause']);
  });

  it('has a pause of two minutes and a disk that is full for longer than a minute only when it is long', () => {
    const longest = (seed: number, lengthMs: number, kind: string) =>
      Math.max(...plan(seed, { lengthMs }).map((fault) => (fault.kind === kind ? fault.lengthMs : 0)));
    for (let seed = 0; seed < 50; seed += 1) {
      assert.equal(longest(seed, 8 * MINUTE_MS, 'pause'), 2 * MINUTE_MS, `seed ${seed}`);
      assert.ok(longest(seed, 8 * MINUTE_MS, 'disk') > MINUTE_MS, `seed ${seed}`);
      assert.ok(longest(seed, 2 * MINUTE_MS, 'pause') < 10_000, `seed ${seed}`);
      assert.ok(longest(seed, 2 * MINUTE_MS, 'disk') < 10_000, `seed ${seed}`);
    }
  });
});
