import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Plan, PlanStep } from '@sortie/core/plan';
import type { Engine, EngineStage, StepRun } from '@sortie/engine/engine';

/** What a step of the contract suite does, said in a way that every engine can be told. */
export interface StepBehaviour {
  readonly prints?: string;
  readonly exits?: number;
  /** Runs until it is stopped. */
  readonly isEndless?: boolean;
  /** Does not end on TERM. */
  readonly ignoresTerm?: boolean;
  /** `start` must fail. */
  readonly cannotStart?: boolean;
  /** Prints the value of the variable `GREETING`. */
  readonly printsGreeting?: boolean;
}

export interface EngineUnderTest {
  readonly engine: Engine;
  /** The members of a plan step that make it behave so. */
  readonly stepFor: (behaviour: StepBehaviour) => Partial<PlanStep>;
  /** What the engine has left outside of itself: directories, containers. Empty for none. */
  readonly traces: () => Promise<readonly string[]>;
  readonly dispose: () => Promise<void>;
}

/** A step with the values that most tests do not care about. */
export function buildStep(members: Partial<PlanStep> & { readonly name: string }): PlanStep {
  return {
    number: 1,
    kind: 'step',
    dependsOn: [],
    declaredDependsOn: [],
    runPolicy: 'on-success',
    failure: 'fail',
    detached: false,
    pull: 'default',
    environment: {},
    secrets: [],
    mounts: [],
    devices: [],
    privileged: false,
    dns: [],
    dnsSearch: [],
    extraHosts: [],
    ...members,
  };
}

/** A stage of these steps, numbered in order. Each depends on the one before unless it says otherwise. */
export function buildStage(
  id: string,
  steps: readonly (Partial<PlanStep> & { readonly name: string })[],
  plan: Partial<Plan> = {},
): EngineStage {
  const numbered = steps.map((step, at) => {
    const before = steps[at - 1];
    return buildStep({ number: at + 1, dependsOn: before === undefined ? [] : [before.name], ...step });
  });
  return {
    id,
    plan: {
      kind: 'pipeline',
      type: 'docker',
      name: 'default',
      platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
      workspace: { base: '/drone/src', path: '/drone/src' },
      volumes: [],
      labels: { 'io.drone.stage.name': 'default' },
      ...plan,
      steps: numbered,
    },
  };
}

/** A run of the step that collects its output. */
export function buildRun(step: PlanStep, environment: Readonly<Record<string, string>> = {}): CollectedRun {
  const chunks: Uint8Array[] = [];
  return {
    step,
    environment: { ...step.environment, ...environment },
    output: (bytes) => void chunks.push(Uint8Array.from(bytes)),
    text: () => Buffer.concat(chunks).toString(),
  };
}

export interface CollectedRun extends StepRun {
  readonly text: () => string;
}

/** What every engine must do; the comment on `Engine` in words, these cases in deeds. */
export function engineContract(name: string, makeEngine: () => Promise<EngineUnderTest>): void {
  describe(`engine ${name}`, () => {
    const signal = new AbortController().signal;
    let subject: EngineUnderTest;
    let stages: EngineStage[] = [];

    beforeEach(async () => {
      stages = [];
      subject = await makeEngine();
    });

    afterEach(async () => {
      for (const stage of stages) await subject.engine.destroy(stage);
      await subject.engine.close();
      await subject.dispose();
    });

    async function setup(...behaviours: readonly StepBehaviour[]): Promise<Stage> {
      const steps = behaviours.map((behaviour, at) => ({
        name: `step-${at}`,
        ...subject.stepFor(behaviour),
      }));
      const stage = buildStage(`contract${stages.length}`, steps);
      stages.push(stage);
      await subject.engine.setup(stage, signal);
      return { stage, runs: stage.plan.steps.map((step) => buildRun(step)) };
    }

    test('can be used', async () => {
      await subject.engine.check(signal);
    });

    test('hands over the whole output before wait resolves with the exit code', async () => {
      const { stage, runs } = await setup({ prints: 'hello\nworld', exits: 3 });
      for (const run of runs) {
        await subject.engine.start(stage, run, signal);
        const exit = await subject.engine.wait(stage, run);
        assert.deepEqual(exit, { exitCode: 3, isOomKilled: false });
        assert.equal(run.text(), 'hello\nworld');
      }
    });

    test('starts a step that was prepared, with the environment of the start', async () => {
      const { stage, runs } = await setup({ printsGreeting: true });
      for (const run of runs) {
        Object.assign(run, { environment: { ...run.environment, GREETING: 'early' } });
        await subject.engine.prepare(stage, run, signal);
        Object.assign(run, { environment: { ...run.environment, GREETING: 'late' } });
        await subject.engine.start(stage, run, signal);
        await subject.engine.wait(stage, run);
        assert.equal(run.text(), 'late\n');
      }
    });

    test('runs several steps of a stage at once', async () => {
      const { stage, runs } = await setup({ isEndless: true }, { prints: 'done' });
      const [endless, short] = runs;
      assert.ok(endless !== undefined && short !== undefined);
      await Promise.all(runs.map((run) => subject.engine.start(stage, run, signal)));
      assert.equal((await subject.engine.wait(stage, short)).exitCode, 0);
      await subject.engine.stop(stage, endless, 0);
      assert.notEqual((await subject.engine.wait(stage, endless)).exitCode, 0);
    });

    test('kills a step that ignores TERM when the grace is over', async () => {
      const { stage, runs } = await setup({ isEndless: true, ignoresTerm: true, prints: 'ready\n' });
      for (const run of runs) {
        const printed = awaitOutput(run);
        await subject.engine.start(stage, run, signal);
        await printed;
        await subject.engine.stop(stage, run, 50);
        assert.deepEqual(await subject.engine.wait(stage, run), { exitCode: 137, isOomKilled: false });
      }
    });

    test('stops and destroys twice, and things that never were', async () => {
      const { stage, runs } = await setup({ isEndless: true }, { prints: 'never started' });
      const [endless, idle] = runs;
      assert.ok(endless !== undefined && idle !== undefined);
      await subject.engine.start(stage, endless, signal);
      await subject.engine.stop(stage, endless, 0);
      await subject.engine.stop(stage, endless, 0);
      await subject.engine.stop(stage, idle, 0);
      await subject.engine.destroy(stage);
      await subject.engine.destroy(stage);
      await subject.engine.destroy(buildStage('unheard-of', []));
    });

    test('reports a step that cannot start from start, and leaves the others alone', async () => {
      const { stage, runs } = await setup({ cannotStart: true }, { prints: 'fine' });
      const [broken, fine] = runs;
      assert.ok(broken !== undefined && fine !== undefined);
      await assert.rejects(subject.engine.start(stage, broken, signal), { name: 'AppError' });
      await subject.engine.start(stage, fine, signal);
      assert.equal((await subject.engine.wait(stage, fine)).exitCode, 0);
      assert.equal(fine.text(), 'fine');
    });

    test('rejects with the reason of an aborted signal', async () => {
      const { stage, runs } = await setup({ prints: 'never' });
      const reason = new Error('cancelled by a test');
      for (const run of runs) {
        await assert.rejects(subject.engine.start(stage, run, AbortSignal.abort(reason)), reason);
        assert.equal(run.text(), '');
      }
    });

    test('leaves nothing behind after destroy, however the steps ended', async () => {
      const { stage, runs } = await setup(
        { prints: 'x', exits: 1 },
        { isEndless: true },
        { prints: 'prepared' },
      );
      const [failing, endless, prepared] = runs;
      assert.ok(failing !== undefined && endless !== undefined && prepared !== undefined);
      await subject.engine.prepare(stage, prepared, signal);
      await subject.engine.start(stage, failing, signal);
      await subject.engine.wait(stage, failing);
      await subject.engine.start(stage, endless, signal);
      await subject.engine.destroy(stage);
      await subject.engine.close();
      assert.deepEqual(await subject.traces(), []);
    });

    test('does not sweep the stages of the running process', async () => {
      const { stage, runs } = await setup({ prints: 'alive' });
      assert.deepEqual(await subject.engine.sweep(), []);
      for (const run of runs) {
        await subject.engine.start(stage, run, signal);
        await subject.engine.wait(stage, run);
        assert.equal(run.text(), 'alive');
      }
    });

    test('holds a step back while its output is not taken', async () => {
      const { stage, runs } = await setup({ prints: 'taken' });
      const gate = Promise.withResolvers<void>();
      const order: string[] = [];
      for (const { step, environment } of runs) {
        const taken = Promise.withResolvers<void>();
        const run: StepRun = {
          step,
          environment,
          output: () => {
            taken.resolve();
            return gate.promise.then(() => void order.push('output'));
          },
        };
        await subject.engine.start(stage, run, signal);
        const ended = subject.engine.wait(stage, run).then(() => void order.push('end'));
        await taken.promise;
        gate.resolve();
        await ended;
      }
      assert.equal(order.at(-1), 'end');
      assert.ok(order.length > 1);
    });
  });
}

interface Stage {
  readonly stage: EngineStage;
  readonly runs: readonly CollectedRun[];
}

/** Resolves at the first output of the run. */
function awaitOutput(run: CollectedRun): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { output } = run;
  Object.assign(run, {
    output: (bytes: Uint8Array) => {
      resolve();
      return output(bytes);
    },
  });
  return promise;
}
