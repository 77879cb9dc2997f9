import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { buildStage, buildStep } from '@sortie/testing/engine-contract';
import { DummyEngine } from './dummy/engine.ts';
import { executeStage } from './execute.ts';
import { errorReason, exitReason, exitText, StageHalt } from './step-reason.ts';
import type { StageOutcome } from './step-table.ts';

/** One step that behaves as its environment says; ended by `abort` as soon as it runs, when there is one. */
async function run(environment: Record<string, string>, abort?: Error): Promise<StageOutcome> {
  const engine = new DummyEngine();
  const controller = new AbortController();
  const outcome = executeStage(
    {
      engine,
      report: { stepStarted: async () => undefined, stepEnded: async () => undefined },
      openLog: () => ({ write: () => undefined, close: () => undefined }),
      environmentFor: (step) => step.environment,
    },
    buildStage('reason', [
      { name: 'a', environment, memoryLimitBytes: 1024 * 1024 },
      { name: 'b', runPolicy: 'on-failure' },
    ]),
    { signal: controller.signal },
  );
  if (abort !== undefined) {
    await engine.called('wait', 'a');
    controller.abort(abort);
  }
  return await outcome;
}

describe('why a step did not succeed', () => {
  const cases: readonly {
    readonly what: string;
    readonly environment: Record<string, string>;
    readonly reason: string | undefined;
  }[] = [
    { what: 'success', environment: {}, reason: undefined },
    { what: 'exit code 78', environment: { DUMMY_EXIT: '78' }, reason: undefined },
    { what: 'an exit code', environment: { DUMMY_EXIT: '3' }, reason: 'exit' },
    { what: 'a signal', environment: { DUMMY_EXIT: '139' }, reason: 'signal' },
    { what: 'too much memory', environment: { DUMMY_OOM: 'true' }, reason: 'oom' },
    { what: 'a failing start', environment: { DUMMY_FAIL_START: 'no shell' }, reason: 'start' },
    { what: 'an engine that has lost it', environment: { DUMMY_FAIL_WAIT: 'gone' }, reason: 'engine' },
  ];
  for (const { what, environment, reason } of cases) {
    test(`${what} is the reason ${reason ?? 'none'}`, async () => {
      const [first] = (await run(environment)).steps;
      assert.equal(first?.result.reason, reason);
    });
  }

  test('[pipeline 94] a step ended for its time differs from one that was cancelled', async () => {
    const endless = { DUMMY_WAIT_FOR: 'never' };
    const ended = await run(endless, new StageHalt('timeout', 'too long'));
    assert.deepEqual([ended.steps[0]?.result.reason, ended.steps[1]?.result.reason], ['timeout', undefined]);
    assert.equal(
      (await run(endless, new StageHalt('cancelled', 'by Ada'))).steps[0]?.result.reason,
      'cancelled',
    );
    assert.equal((await run(endless, new Error('the runner stops'))).steps[0]?.result.reason, 'cancelled');
  });

  test('images that do not come are told from programs that do not start', () => {
    assert.equal(errorReason(new AppError('image-not-found', 'x')), 'pull');
    assert.equal(errorReason(new AppError('image-pull-failed', 'x')), 'pull');
    assert.equal(errorReason(new Error('x')), 'engine');
    assert.equal(exitReason({ exitCode: 255, isOomKilled: false }), 'exit');
  });

  test('only a lack of memory needs a sentence', () => {
    const step = buildStep({ name: 'a', memoryLimitBytes: 8 * 1024 * 1024 });
    assert.match(exitText(step, { exitCode: 137, isOomKilled: true }), /limit of 8 MiB/);
    assert.match(
      exitText(buildStep({ name: 'a' }), { exitCode: 137, isOomKilled: true }),
      /than its limit\. /,
    );
    assert.equal(exitText(step, { exitCode: 1, isOomKilled: false }), '');
  });
});
