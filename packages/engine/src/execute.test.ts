import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogPiece } from '@sortie/core/log';
import type { PlanStep } from '@sortie/core/plan';
import { buildStage } from '@sortie/testing/engine-contract';
import { DummyEngine } from './dummy/engine.ts';
import { type ExecuteDeps, type ExecuteOptions, executeStage } from './execute.ts';
import type { StageReporter } from './stage-reporter.ts';
import type { StageOutcome } from './step-table.ts';

type StepDraft = Partial<PlanStep> & { readonly name: string };

interface Harness {
  readonly engine: DummyEngine;
  readonly abort: AbortController;
  /** `start a`, `end a success 0`, `close a`, in the order in which the reporter and the logs saw them. */
  readonly events: string[];
  readonly log: (step: string) => string;
  readonly outcome: Promise<StageOutcome>;
}

interface HarnessOptions {
  readonly engine?: DummyEngine;
  readonly report?: Partial<StageReporter>;
  readonly options?: Partial<ExecuteOptions>;
  readonly environmentFor?: ExecuteDeps['environmentFor'];
}

function run(steps: readonly StepDraft[], harness: HarnessOptions = {}): Harness {
  const engine = harness.engine ?? new DummyEngine();
  const abort = new AbortController();
  const events: string[] = [];
  const logs = new Map<string, LogPiece[]>();
  const report: StageReporter = {
    stepStarted: async (step) => void events.push(`start ${step.name}`),
    stepEnded: async (step, { status, exitCode }) =>
      void events.push(`end ${step.name} ${status} ${exitCode}`),
    ...harness.report,
  };
  const outcome = executeStage(
    {
      engine,
      report,
      openLog: ({ name }) => ({
        write: ({ bytes, ...piece }) =>
          void logs.set(name, [...(logs.get(name) ?? []), { ...piece, bytes: Buffer.from(bytes) }]),
        close: () => void events.push(`close ${name}`),
      }),
      environmentFor: harness.environmentFor ?? ((step) => step.environment),
    },
    buildStage('test', steps),
    { signal: abort.signal, ...harness.options },
  );
  const log = (step: string): string =>
    Buffer.concat((logs.get(step) ?? []).map(({ bytes }) => bytes)).toString();
  return { engine, abort, events, log, outcome };
}

/** `name status exit` of each step, then `stage status exit`. */
async function results({ outcome }: Harness): Promise<readonly string[]> {
  const { steps, status, exitCode } = await outcome;
  const lines = steps.map(({ step, result }) => `${step.name} ${result.status} ${result.exitCode}`);
  return [...lines, `stage ${status} ${exitCode}`];
}

const exits = (code: number): Record<string, string> => ({ DUMMY_EXIT: String(code) });
const waits = (event: string): Record<string, string> => ({ DUMMY_WAIT_FOR: event });

describe('executing a stage', () => {
  test('steps run one after the other, and everything is reported in order', async () => {
    const stage = run([{ name: 'a', environment: { DUMMY_OUTPUT: 'hello\n' } }, { name: 'b' }]);
    assert.deepEqual(await results(stage), ['a success 0', 'b success 0', 'stage success 0']);
    assert.equal(stage.log('a'), 'hello\n');
    const ofA = stage.events.filter((event) => event.includes(' a'));
    assert.deepEqual(ofA, ['start a', 'close a', 'end a success 0']);
    assert.ok(stage.events.indexOf('start a') < stage.events.indexOf('start b'));
    assert.equal(stage.engine.calls.at(-1)?.name, 'destroy');
  });

  test('a stage without steps succeeds', async () => {
    assert.deepEqual(await results(run([])), ['stage success 0']);
  });

  test('a failure skips what follows, runs what is for failures, and fails the stage with exit code 0', async () => {
    const stage = run([
      { name: 'a', environment: exits(2) },
      { name: 'b' },
      { name: 'c', runPolicy: 'on-failure' },
      { name: 'd', runPolicy: 'always' },
    ]);
    const want = ['a failure 2', 'b skipped 0', 'c success 0', 'd success 0', 'stage failure 0'];
    assert.deepEqual(await results(stage), want);
  });

  test('steps for failures are skipped, and not prepared, when all is well', async () => {
    const stage = run([{ name: 'a' }, { name: 'b', runPolicy: 'on-failure' }]);
    assert.deepEqual(await results(stage), ['a success 0', 'b skipped 0', 'stage success 0']);
    assert.ok(!stage.engine.calls.some(({ step }) => step === 'b'));
  });

  test('steps of a graph run at once and wait for what they name', async () => {
    const stage = run([
      { name: 'a', dependsOn: [], environment: waits('go') },
      { name: 'b', dependsOn: [], environment: waits('go') },
      { name: 'c', dependsOn: ['a', 'b', 'removed by when'] },
    ]);
    await Promise.all([stage.engine.called('wait', 'a'), stage.engine.called('wait', 'b')]);
    assert.ok(!stage.engine.calls.some(({ name, step }) => name === 'start' && step === 'c'));
    stage.engine.emit('go');
    assert.deepEqual(await results(stage), ['a success 0', 'b success 0', 'c success 0', 'stage success 0']);
  });

  test('[pipeline 87] a branch that fails early lets the other end its step and skips the next', async () => {
    const stage = run([
      { name: 'one', dependsOn: [], environment: exits(1) },
      { name: 'two', dependsOn: [], environment: waits('later') },
      { name: 'after two', dependsOn: ['two'] },
    ]);
    await stage.engine.called('wait', 'one');
    stage.engine.emit('later');
    const want = ['one failure 1', 'two success 0', 'after two skipped 0', 'stage failure 0'];
    assert.deepEqual(await results(stage), want);
  });

  test('[pipeline 88] exit code 78 skips the rest and is a success', async () => {
    const stage = run([{ name: 'a', environment: exits(78) }, { name: 'b' }, { name: 'c' }]);
    assert.deepEqual(await results(stage), ['a success 78', 'b skipped 0', 'c skipped 0', 'stage success 0']);
  });

  test('[pipeline 89] exit code 78 skips also steps that always run', async () => {
    const stage = run([
      { name: 'a', environment: exits(78) },
      { name: 'b', runPolicy: 'always' },
    ]);
    assert.deepEqual(await results(stage), ['a success 78', 'b skipped 0', 'stage success 0']);
    assert.ok(!stage.engine.calls.some(({ name, step }) => name === 'start' && step === 'b'));
  });

  test('exit code 78 lets running steps go on', async () => {
    const stage = run([
      { name: 'a', dependsOn: [], environment: waits('later') },
      { name: 'b', dependsOn: [], environment: exits(78) },
      { name: 'c', dependsOn: ['b'] },
    ]);
    await stage.engine.called('wait', 'b');
    stage.engine.emit('later');
    assert.deepEqual(await results(stage), ['a success 0', 'b success 78', 'c skipped 0', 'stage success 0']);
  });

  test('[pipeline 90] an ignored failure is shown on the step and nowhere else', async () => {
    const stage = run([{ name: 'a', failure: 'ignore', environment: exits(1) }, { name: 'b' }]);
    assert.deepEqual(await results(stage), ['a failure 1', 'b success 0', 'stage success 0']);
  });

  test('[pipeline 91] a step that cannot start breaks the stage even when its failure is ignored', async () => {
    const stage = run([
      { name: 'a', failure: 'ignore', environment: { DUMMY_FAIL_START: 'The image is missing.' } },
      { name: 'b' },
    ]);
    assert.deepEqual(await results(stage), ['a error 255', 'b skipped 0', 'stage error 255']);
    assert.equal((await stage.outcome).error, 'The image is missing.');
    assert.equal(stage.log('a'), 'The image is missing.\n');
  });

  test('[pipeline 92] a fast failure kills the steps beside it, and the stage has failed', async () => {
    const stage = run([
      { name: 'beside', dependsOn: [], environment: waits('never') },
      { name: 'fast', dependsOn: [], failure: 'fast', environment: { ...waits('fail'), ...exits(3) } },
      { name: 'after', dependsOn: ['beside'], runPolicy: 'always' },
    ]);
    await stage.engine.called('wait', 'beside');
    stage.engine.emit('fail');
    const want = ['beside killed 137', 'fast failure 3', 'after skipped 0', 'stage failure 0'];
    assert.deepEqual(await results(stage), want);
  });

  test('[pipeline 93] a step that the kernel ended for memory has failed with 137', async () => {
    const stage = run([{ name: 'a', environment: { DUMMY_OOM: 'true' } }]);
    assert.deepEqual(await results(stage), ['a failure 137', 'stage failure 0']);
  });

  test('[pipeline 94] a timeout kills the running step, and nothing else runs', async () => {
    const stage = run([
      { name: 'a', environment: waits('never') },
      { name: 'b', runPolicy: 'always' },
    ]);
    await stage.engine.called('wait', 'a');
    stage.abort.abort(new Error('timeout'));
    assert.deepEqual(await results(stage), ['a killed 137', 'b skipped 0', 'stage killed 137']);
    assert.ok(!stage.engine.calls.some(({ name, step }) => name === 'start' && step === 'b'));
  });

  test('a cancel before the start runs nothing and still cleans up', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    const stage = run([{ name: 'a' }], { options: { signal } });
    assert.deepEqual(await results(stage), ['a skipped 0', 'stage killed 137']);
    assert.deepEqual(
      stage.engine.calls.map(({ name }) => name),
      ['destroy'],
    );
  });

  test('a cancel ends a start that hangs', async () => {
    const stage = run([{ name: 'a', environment: { DUMMY_HOLD_START: 'never' } }]);
    await stage.engine.called('start', 'a');
    stage.abort.abort(new Error('cancelled'));
    assert.deepEqual(await results(stage), ['a killed 137', 'stage killed 137']);
  });

  test('[pipeline 95] a detached step that exits with 1 harms nothing, and its exit code is kept', async () => {
    const stage = run([
      { name: 'server', detached: true, environment: exits(1) },
      { name: 'a', environment: waits('served') },
    ]);
    await stage.engine.called('wait', 'server');
    stage.engine.emit('served');
    assert.deepEqual(await results(stage), ['server success 1', 'a success 0', 'stage success 0']);
  });

  test('a service is started before the next step, and stopped at the end', async () => {
    const environment = { DUMMY_HOLD_START: 'up', ...waits('never') };
    const stage = run([{ name: 'db', kind: 'service', detached: true, environment }, { name: 'a' }]);
    await stage.engine.called('start', 'db');
    assert.ok(!stage.events.includes('start a'));
    stage.engine.emit('up');
    assert.deepEqual(await results(stage), ['db success 0', 'a success 0', 'stage success 0']);
    const order = stage.engine.calls.map(({ name, step }) => `${name} ${step}`);
    assert.ok(order.indexOf('wait a') < order.indexOf('stop db'));
    assert.deepEqual(
      stage.events.filter((event) => event.endsWith('db success 0') || event === 'close db'),
      ['close db', 'end db success 0'],
    );
  });

  test('[pipeline 96] a service that cannot start says so in its log and leaves the stage alone', async () => {
    const environment = { DUMMY_FAIL_START: 'The image cannot be pulled.' };
    const stage = run([{ name: 'db', kind: 'service', detached: true, environment }, { name: 'a' }]);
    assert.deepEqual(await results(stage), ['db error 255', 'a success 0', 'stage success 0']);
    assert.equal(stage.log('db'), 'The image cannot be pulled.\n');
  });

  test('a cancel kills services too', async () => {
    const stage = run([
      { name: 'db', kind: 'service', detached: true, environment: waits('never') },
      { name: 'a', environment: waits('never') },
    ]);
    await stage.engine.called('wait', 'a');
    stage.abort.abort();
    assert.deepEqual(await results(stage), ['db killed 137', 'a killed 137', 'stage killed 137']);
  });

  test('each step sees the status of the stage at its start', async () => {
    const seen: string[] = [];
    const stage = run(
      [
        { name: 'a', environment: exits(1) },
        { name: 'b', runPolicy: 'always' },
      ],
      {
        environmentFor: (step, { stageStatus, failedSteps }) => ({
          ...step.environment,
          STATUS: `${stageStatus} ${failedSteps.join(',')}`,
        }),
      },
    );
    await stage.outcome;
    for (const { name, step, environment } of stage.engine.calls) {
      if (name === 'start') seen.push(`${step}: ${environment.STATUS}`);
    }
    assert.deepEqual(seen, ['a: success ', 'b: failure a']);
  });

  test('later steps are prepared while earlier ones run, three at once', async () => {
    const steps = ['b', 'c', 'd', 'e', 'f'].map((name) => ({ name }));
    const stage = run([{ name: 'a', environment: waits('go') }, ...steps]);
    await stage.engine.called('prepare', 'f');
    assert.ok(!stage.engine.calls.some(({ name, step }) => name === 'start' && step === 'b'));
    stage.engine.emit('go');
    assert.equal((await stage.outcome).status, 'success');
  });

  test('a preparation that fails harms nothing', async () => {
    const stage = run([{ name: 'a' }, { name: 'b', environment: { DUMMY_FAIL_PREPARE: 'no network yet' } }]);
    assert.deepEqual(await results(stage), ['a success 0', 'b success 0', 'stage success 0']);
  });

  test('a failed setup skips all steps, breaks the stage and cleans up', async () => {
    const engine = new DummyEngine();
    engine.setupFailure = new Error('no space for a network');
    const stage = run([{ name: 'a' }, { name: 'b', runPolicy: 'always' }], { engine });
    assert.deepEqual(await results(stage), ['a skipped 0', 'b skipped 0', 'stage error 255']);
    assert.equal((await stage.outcome).error, 'no space for a network');
    assert.equal(engine.calls.at(-1)?.name, 'destroy');
  });

  test('an engine that loses a step breaks the stage', async () => {
    const stage = run([{ name: 'a', environment: { DUMMY_FAIL_WAIT: 'Docker is gone.' } }, { name: 'b' }]);
    assert.deepEqual(await results(stage), ['a error 255', 'b skipped 0', 'stage error 255']);
  });

  test('[pipeline 75] a secret of one step is masked in all logs and in error texts', async () => {
    const stage = run(
      [
        { name: 'a', environment: { DUMMY_OUTPUT: 'x hunter2 y\n', DUMMY_CHUNK: '4' } },
        { name: 'b', environment: { DUMMY_FAIL_START: 'cannot log in with hunter2' } },
      ],
      { options: { masks: ['hunter2'] } },
    );
    assert.equal((await stage.outcome).error, 'cannot log in with ******');
    assert.equal(stage.log('a'), 'x ****** y\n');
    assert.equal(stage.log('b'), 'cannot log in with ******\n');
  });

  test('a runner that cannot report any more stops the stage', async () => {
    const stage = run([{ name: 'a', environment: waits('never') }, { name: 'b' }], {
      report: { stepStarted: () => Promise.reject(new Error('the lease is lost')) },
    });
    assert.deepEqual(await results(stage), ['a killed 137', 'b skipped 0', 'stage error 255']);
    assert.equal((await stage.outcome).error, 'reporting failed: the lease is lost');
    assert.equal(stage.engine.calls.at(-1)?.name, 'destroy');
  });

  test('an environment that cannot be made breaks the stage and does not hang it', async () => {
    const stage = run([{ name: 'a' }], {
      environmentFor: () => {
        throw new Error('no secret store');
      },
    });
    assert.deepEqual(await results(stage), ['a error 255', 'stage error 255']);
  });

  test('cards go to the reporter', async () => {
    const cards: string[] = [];
    const card = `\u001b]1338;${Buffer.from('{}').toString('base64')}\u001b]0m\n`;
    const stage = run([{ name: 'a', environment: { DUMMY_OUTPUT: `${card}shown\n` } }], {
      report: { stepCard: async (step, text) => void cards.push(`${step.name} ${text}`) },
    });
    await stage.outcome;
    assert.deepEqual(cards, ['a {}']);
    assert.equal(stage.log('a'), 'shown\n');
  });

  test('the end of the stage is told when all steps are reported, without waiting for the clean-up', async () => {
    const engine = new DummyEngine();
    const gate = Promise.withResolvers<void>();
    const destroy = engine.destroy.bind(engine);
    engine.destroy = (stage) => gate.promise.then(() => destroy(stage));
    const ended = Promise.withResolvers<StageOutcome>();
    const stage = run([{ name: 'a' }], {
      engine,
      report: { stageEnded: async (outcome) => ended.resolve(outcome) },
    });
    assert.equal((await ended.promise).status, 'success');
    assert.ok(stage.events.includes('end a success 0'));
    assert.deepEqual(engine.liveStages, ['test']);
    gate.resolve();
    await stage.outcome;
    assert.deepEqual(engine.liveStages, []);
  });

  test('two thousand steps pass without a delay between them', async () => {
    const steps = Array.from({ length: 2000 }, (_, at) => ({ name: `step ${at}` }));
    const outcome = await run(steps).outcome;
    assert.equal(outcome.status, 'success');
  });
});

test('[runner 113] no step begins before the server knows that the stage has, and later ones wait for no report', async () => {
  const known = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const told: string[] = [];
  const stage = run([{ name: 'a' }, { name: 'b', dependsOn: ['a'] }], {
    report: {
      stepStarted: async ({ name }) => {
        told.push(name);
        asked.resolve();
        await known.promise;
      },
    },
  });
  await asked.promise;
  await new Promise((resolve) => setImmediate(resolve));
  const starts = () => stage.engine.calls.filter(({ name }) => name === 'start').length;
  assert.deepEqual([starts(), told], [0, ['a']]);
  known.resolve();
  await stage.outcome;
  assert.equal(starts(), 2);
});

test('a stage that is stopped before the server knows of its first step runs nothing', async () => {
  const known = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const stage = run([{ name: 'a' }], {
    report: {
      stepStarted: async () => {
        asked.resolve();
        await known.promise;
      },
    },
  });
  await asked.promise;
  stage.abort.abort(new Error('stopped'));
  known.resolve();
  assert.deepEqual(
    (await stage.outcome).steps.map(({ result }) => result.status),
    ['killed'],
  );
  assert.equal(stage.engine.calls.filter(({ name }) => name === 'start').length, 0);
});
