import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { buildStage } from '@sortie/testing/engine-contract';
import { DummyEngine } from './dummy/engine.ts';
import { executeStage } from './execute.ts';

/** Three steps that run while nothing of the logs of the first two arrives; `fail` says that it never will. */
function runWithoutLogs() {
  const engine = new DummyEngine();
  const abort = new AbortController();
  const told: string[] = [];
  const disk = Promise.withResolvers<void>();
  disk.promise.catch(() => undefined);
  const printing = { DUMMY_OUTPUT: 'hello\n' };
  const steps = [
    { name: 'a', environment: printing },
    { name: 'b', environment: printing },
    { name: 'c', environment: { DUMMY_WAIT_FOR: 'never' } },
  ];
  const outcome = executeStage(
    {
      engine,
      report: {
        stepStarted: async () => undefined,
        stepEnded: async ({ name }, { status, error }) => void told.push(`${name} ${status} ${error}`),
      },
      openLog: () => ({ write: () => disk.promise, close: () => undefined }),
      environmentFor: ({ environment }) => environment,
    },
    buildStage('test', steps),
    { signal: abort.signal, masks: ['hunter2'] },
  );
  const fail = () => disk.reject(new AppError('disk-full', 'The disk of hunter2 is full.'));
  return { engine, abort, told, outcome, fail };
}

async function resultsOf({ outcome }: ReturnType<typeof runWithoutLogs>): Promise<readonly string[]> {
  const { steps, status } = await outcome;
  return [...steps.map(({ step, result }) => `${step.name} ${result.status} ${result.exitCode}`), status];
}

describe('a step whose log cannot be kept', () => {
  test('is an error, also when its program has ended well and later steps have begun', async () => {
    const stage = runWithoutLogs();
    await stage.engine.called('wait', 'c');
    stage.fail();
    assert.deepEqual(await resultsOf(stage), ['a error 255', 'b error 255', 'c killed 137', 'error']);
    const text = 'error The disk of ****** is full.';
    assert.deepEqual(stage.told, [`a ${text}`, `b ${text}`, 'c killed ']);
  });

  test('stays what it was when the stage had been cancelled before', async () => {
    const stage = runWithoutLogs();
    await stage.engine.called('wait', 'c');
    stage.abort.abort(new Error('cancelled'));
    stage.fail();
    assert.deepEqual(await resultsOf(stage), ['a success 0', 'b success 0', 'c killed 137', 'killed']);
  });
});
