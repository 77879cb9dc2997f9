import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildStage } from '@sortie/testing/engine-contract';
import { DummyEngine } from './dummy/engine.ts';
import { executeStage } from './execute.ts';
import { StepSlots } from './step-slots.ts';
import type { StageOutcome } from './step-table.ts';

const never = new AbortController().signal;

describe('slots for steps', () => {
  test('are given in the order of asking, and back only once', async () => {
    const slots = new StepSlots(1);
    const order: string[] = [];
    const leave = await slots.acquire(never);
    const second = slots.acquire(never).then((done) => {
      order.push('second');
      return done;
    });
    const third = slots.acquire(never).then(() => void order.push('third'));
    leave();
    leave();
    const leaveSecond = await second;
    assert.deepEqual(order, ['second']);
    leaveSecond();
    await third;
  });

  test('who does not want one any more leaves the queue', async () => {
    const slots = new StepSlots(1);
    const leave = await slots.acquire(never);
    const abort = new AbortController();
    const waiting = slots.acquire(abort.signal);
    abort.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    leave();
    await slots.acquire(never);
  });

  function run(engine: DummyEngine, id: string, slots: StepSlots, signal = never): Promise<StageOutcome> {
    const steps = [`${id}-a`, `${id}-b`].map((name) => ({
      name,
      dependsOn: [],
      environment: { DUMMY_WAIT_FOR: name },
    }));
    return executeStage(
      {
        engine,
        slots,
        report: { stepStarted: async () => undefined, stepEnded: async () => undefined },
        openLog: () => ({ write: () => undefined, close: () => undefined }),
        environmentFor: (step) => step.environment,
      },
      buildStage(id, steps),
      { signal },
    );
  }

  test('bound the steps of all stages together', async () => {
    const engine = new DummyEngine();
    const slots = new StepSlots(1);
    const outcomes = [run(engine, 'one', slots), run(engine, 'two', slots)];
    for (const [count, name] of ['one-a', 'one-b', 'two-a', 'two-b'].entries()) {
      await engine.called('start', name);
      assert.equal(engine.calls.filter((call) => call.name === 'start').length, count + 1);
      engine.emit(name);
    }
    for (const outcome of await Promise.all(outcomes)) assert.equal(outcome.status, 'success');
  });

  test('a step that waits for one when its stage is cancelled is killed and never starts', async () => {
    const engine = new DummyEngine();
    const abort = new AbortController();
    const outcome = run(engine, 'one', new StepSlots(1), abort.signal);
    await engine.called('start', 'one-a');
    abort.abort(new Error('cancelled'));
    const { status, steps } = await outcome;
    assert.equal(status, 'killed');
    assert.deepEqual(
      steps.map(({ result }) => result.status),
      ['killed', 'killed'],
    );
    assert.equal(engine.calls.filter(({ name }) => name === 'start').length, 1);
  });
});
