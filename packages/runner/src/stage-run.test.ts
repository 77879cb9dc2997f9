import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Assignment, RunnerService } from '@sortie/contract/runner';
import { AppError } from '@sortie/core/errors';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { cancel, openQueueWorld, storedBuild, storedLog } from '@sortie/testing/queue-views';
import { AT_ONCE, type QueueWorld } from '@sortie/testing/queue-world';
import { runAssignment, type StageRunDeps } from './stage-run.ts';

const RUNNER = {
  name: 'tester',
  types: ['exec'],
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  labels: {},
  capacity: 1,
  version: '0.1.0',
};
const NEVER = new AbortController().signal;

function pipeline(steps: string): string {
  return `kind: pipeline\ntype: exec\nname: default\nclone:\n  disable: true\nsteps:\n${steps}`;
}

function step(name: string, environment: Readonly<Record<string, string>> = {}, more = ''): string {
  const variables = Object.entries(environment).map(
    ([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`,
  );
  const block = variables.length === 0 ? '' : `    environment:\n${variables.join('')}`;
  return `  - name: ${name}\n    commands: ["true"]\n${block}${more}`;
}

/** The runner on the real queue, store and log files; only the engine is the scriptable one. */
describe('a stage that a runner has leased', () => {
  let world: QueueWorld;
  let engine: DummyEngine;
  let warnings: string[];

  beforeEach(async () => {
    world = await openQueueWorld();
    engine = new DummyEngine();
    warnings = [];
  });
  afterEach(() => world.close());

  function deps(patch: Partial<StageRunDeps> = {}): StageRunDeps {
    const note = (_fields: object, message: string): void => void warnings.push(message);
    return {
      service: world.queue,
      engines: new Map([['exec', engine]]),
      name: RUNNER.name,
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
      clock: systemClock(),
      sleep: (ms, signal) => (ms < 20_000 ? Promise.resolve() : untilAborted(signal)),
      random: () => 0,
      log: { info: note, warn: note, error: note },
      ...patch,
    };
  }

  async function lease(config: string, type = 'exec'): Promise<Assignment> {
    await world.start([aStageDraft({ type, name: 'default' })], { build: { config } });
    const assignment = await world.queue.request({ ...RUNNER, types: [type] }, AT_ONCE);
    assert.ok(assignment);
    return assignment;
  }

  const result = ({ build }: Assignment) => storedBuild(world, build.id);

  it('is compiled, run and reported: steps, logs, stage and build', async () => {
    const assignment = await lease(pipeline(step('one', { DUMMY_OUTPUT: 'hello\n' }) + step('two')));
    await runAssignment(deps(), assignment, NEVER);
    const { build, stage, steps } = await result(assignment);
    assert.deepEqual([build.status, stage?.status, stage?.machine], ['success', 'success', 'tester']);
    assert.deepEqual(
      steps.map(({ name, status }) => [name, status]),
      [
        ['one', 'success'],
        ['two', 'success'],
      ],
    );
    const log = await storedLog(world, await result(assignment));
    assert.equal(log.text, 'hello\n');
    assert.equal(log.isClosed, true);
    assert.deepEqual(engine.liveStages, []);
  });

  it('whose text does not compile ends in error with the place, and nothing is set up', async () => {
    const assignment = await lease(
      'kind: pipeline\ntype: exec\nname: default\nsteps:\n  - name: a\n    commands: 7\n  - name: a\n',
    );
    await runAssignment(deps(), assignment, NEVER);
    const { build, stage } = await result(assignment);
    assert.equal(build.status, 'error');
    assert.match(stage?.error ?? '', /\.drone\.yml:\d+:\d+: error: /);
    assert.deepEqual(engine.calls, []);
  });

  const LIMITS = { repos: [], events: [], isForTrusted: false };
  for (const [limits, why] of [
    [{ ...LIMITS, repos: ['other/*', 'octocat'] }, /DRONE_LIMIT_REPOS does not name octocat\//],
    [{ ...LIMITS, events: ['tag'] }, /DRONE_LIMIT_EVENTS does not name push/],
    [{ ...LIMITS, isForTrusted: true }, /DRONE_LIMIT_TRUSTED is set/],
    [{ repos: ['octocat/*'], events: ['pu*'], isForTrusted: false }, undefined],
  ] as const) {
    it(`with the limits ${JSON.stringify(limits)} ${why === undefined ? 'runs' : 'is refused, and nothing is set up'}`, async () => {
      const assignment = await lease(pipeline(step('one')));
      await runAssignment(deps({ limits }), assignment, NEVER);
      const { stage } = await result(assignment);
      if (why === undefined) return assert.equal(stage.status, 'success', stage.error);
      assert.deepEqual([stage.status, engine.calls], ['error', []]);
      assert.match(stage.error, /^insufficient permission to run the pipeline: /);
      assert.match(stage.error, why);
    });
  }

  it('of a type without an engine ends in error with the types that there are', async () => {
    const config = pipeline(step('one'))
      .replace('type: exec', 'type: docker')
      .replace('commands', 'image: x\n    commands');
    const assignment = await lease(config, 'docker');
    await runAssignment(deps(), assignment, NEVER);
    const { stage } = await result(assignment);
    assert.equal(stage?.status, 'error');
    assert.match(stage?.error ?? '', /runs exec pipelines, not docker ones/);
  });

  it('shows a later step the failures before it', async () => {
    const when = '    when:\n      status: [failure]\n';
    const assignment = await lease(pipeline(step('one', { DUMMY_EXIT: '3' }) + step('two', {}, when)));
    await runAssignment(deps(), assignment, NEVER);
    const { environment } = await engine.called('start', 'two');
    assert.deepEqual([environment.DRONE_BUILD_STATUS, environment.DRONE_FAILED_STEPS], ['failure', 'one']);
    const { steps } = await result(assignment);
    assert.deepEqual(
      steps.map(({ status, exitCode }) => [status, exitCode]),
      [
        ['failure', 3],
        ['success', 0],
      ],
    );
  });

  it('leaves out steps whose paths have not changed', async () => {
    const when = '    when:\n      paths: docs/**\n';
    const assignment = await lease(pipeline(step('one') + step('two', {}, when)));
    await runAssignment(deps(), { ...assignment, changedFiles: ['src/a.ts'] }, NEVER);
    const { steps } = await result(assignment);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ['one'],
    );
  });

  it('is ended when its build is cancelled, and the cancel is confirmed', async () => {
    const assignment = await lease(pipeline(step('long', { DUMMY_WAIT_FOR: 'never' }) + step('after')));
    const running = runAssignment(deps(), assignment, NEVER);
    await engine.called('wait', 'long');
    await cancel(world, assignment.build.id);
    await running;
    const { build, steps } = await result(assignment);
    assert.deepEqual([build.status, build.isCancelling], ['killed', false]);
    assert.deepEqual(
      steps.map(({ status }) => status),
      ['killed', 'skipped'],
    );
    assert.deepEqual(engine.liveStages, []);
  });

  it('[pipeline 94] that takes longer than its repository allows is killed, says so, and runs nothing more', async () => {
    const always = '    when:\n      status: [success, failure]\n';
    const assignment = await lease(
      pipeline(step('long', { DUMMY_WAIT_FOR: 'never' }) + step('two', {}, always)),
    );
    const timeUp = Promise.withResolvers<void>();
    const sleep: StageRunDeps['sleep'] = (ms, signal) =>
      ms === assignment.timeoutMs
        ? Promise.race([timeUp.promise, untilAborted(signal)])
        : untilAborted(signal);
    const running = runAssignment(deps({ sleep }), assignment, NEVER);
    await engine.called('wait', 'long');
    timeUp.resolve();
    await running;
    const { build, stage, steps } = await result(assignment);
    assert.deepEqual([build.status, stage?.exitCode], ['killed', 137]);
    assert.deepEqual(
      steps.map(({ status, exitCode }) => [status, exitCode]),
      [
        ['killed', 137],
        ['skipped', 0],
      ],
    );
    assert.equal(stage?.error, 'The stage took longer than its limit of 60 minutes.');
  });

  it('is killed with the reason when the runner has to stop', async () => {
    const stopping = new AbortController();
    const assignment = await lease(pipeline(step('long', { DUMMY_WAIT_FOR: 'never' })));
    const running = runAssignment(deps(), assignment, stopping.signal);
    await engine.called('wait', 'long');
    stopping.abort(new Error('the runner is stopping'));
    await running;
    const { stage } = await result(assignment);
    assert.deepEqual([stage?.status, stage?.error], ['killed', 'the runner is stopping']);
  });

  it('whose lease was taken away is dropped: its processes end and nothing more is reported', async () => {
    const assignment = await lease(pipeline(step('long', { DUMMY_WAIT_FOR: 'never' })));
    const beat = Promise.withResolvers<void>();
    const sleep: StageRunDeps['sleep'] = (ms, signal) =>
      ms === assignment.heartbeatMs
        ? Promise.race([beat.promise, untilAborted(signal)])
        : untilAborted(signal);
    const service: RunnerService = {
      ...world.queue,
      heartbeat: () => Promise.reject(new AppError('lease-lost', 'The stage is somebody else’s.')),
      watchCancel: (_lease, signal) => untilAborted(signal).catch(() => undefined),
    };
    const running = runAssignment(deps({ service, sleep }), assignment, NEVER);
    await engine.called('wait', 'long');
    beat.resolve();
    await running;
    const { stage } = await result(assignment);
    assert.equal(stage?.status, 'running', 'whoever took the lease decides what becomes of the stage');
    assert.deepEqual(engine.liveStages, []);
    assert.ok(warnings.includes('the lease of a stage was lost; its results have been dropped'));
  });

  it('reaches the server although it fails for a while', async () => {
    let failures = 5;
    const service: RunnerService = {
      ...world.queue,
      updateStep: async (held, report) => {
        failures -= 1;
        if (failures >= 0) throw new AppError('database-unavailable', 'The database does not answer.');
        await world.queue.updateStep(held, report);
      },
    };
    const assignment = await lease(pipeline(step('one')));
    await runAssignment(deps({ service }), assignment, NEVER);
    const { build } = await result(assignment);
    assert.equal(build.status, 'success');
    assert.equal(warnings.filter((warning) => warning === 'a report did not arrive').length, 5);
  });
});

/** Rejects with the reason of the signal, and never before. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
