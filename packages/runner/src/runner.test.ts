import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import type { EngineStage } from '@sortie/engine/engine';
import { becomes } from '@sortie/testing/becomes';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { openQueueWorld, storedBuild } from '@sortie/testing/queue-views';
import type { QueueWorld } from '@sortie/testing/queue-world';
import { type RunnerDeps, type RunningRunner, startRunner } from './runner.ts';

/** Cleans up after a stage only when it is let to. */
class HeldEngine extends DummyEngine {
  readonly removesAside: boolean;
  readonly #let = Promise.withResolvers<void>();

  constructor(removesAside: boolean) {
    super();
    this.removesAside = removesAside;
  }

  letRemove(): void {
    this.#let.resolve();
  }

  override async destroy(stage: EngineStage): Promise<void> {
    await this.#let.promise;
    await super.destroy(stage);
  }

  get started(): readonly string[] {
    return this.calls.filter(({ name }) => name === 'start').map(({ step }) => step);
  }
}

/** A runner with one place on the real queue and store; only the engine is the scriptable one. */
describe('a runner whose stage has ended', () => {
  let world: QueueWorld;

  beforeEach(async () => {
    world = await openQueueWorld();
  });
  afterEach(() => world.close());

  function startWith(engine: DummyEngine, more: Partial<RunnerDeps> = {}): RunningRunner {
    const platform = { os: 'linux', arch: 'amd64', variant: '', version: '' };
    const identity = { types: ['exec'], platform, labels: {}, capacity: 1, version: '0.1.0' };
    const note = (): void => undefined;
    return startRunner({
      service: world.queue,
      engines: new Map([['exec', engine]]),
      identity: async () => ({ name: 'tester', ...identity }),
      name: 'tester',
      capacity: 1,
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
      clock: systemClock(),
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
      random: () => 0,
      log: { info: note, warn: note, error: note },
      ...more,
    });
  }

  /** A build of one step; the function that is returned says its status. */
  async function push(name: string, exit = '0'): Promise<() => Promise<string>> {
    const step = `  - name: ${name}\n    commands: ["true"]\n    environment:\n      DUMMY_EXIT: "${exit}"\n`;
    const config = `kind: pipeline\ntype: exec\nname: default\nclone:\n  disable: true\nsteps:\n${step}`;
    const draft = aStageDraft({ type: 'exec', name: 'default' });
    const { build } = await world.start([draft], { build: { config } });
    return async () => (await storedBuild(world, build.id)).build.status;
  }

  it('runs the next one while that is cleaned up, and no third before', async () => {
    const engine = new HeldEngine(true);
    const runner = startWith(engine);
    const statuses = [await push('one', '1'), await push('two'), await push('three')];
    await becomes(async () => statuses[1]?.(), 'success');
    assert.equal(await statuses[0]?.(), 'failure');
    assert.deepEqual(engine.started, ['one', 'two']);
    assert.equal(engine.liveStages.length, 2);
    engine.letRemove();
    await becomes(async () => statuses[2]?.(), 'success');
    await runner.stop(1000);
    assert.deepEqual(engine.liveStages, [], 'the runner has stopped when everything is cleaned up');
  });

  it('waits for its cleaning up where something of it may still run', async () => {
    const engine = new HeldEngine(false);
    const runner = startWith(engine);
    const statuses = [await push('one'), await push('two')];
    await becomes(async () => statuses[0]?.(), 'success');
    await engine.called('wait', 'one');
    assert.equal(await statuses[1]?.(), 'pending');
    assert.deepEqual(engine.started, ['one']);
    engine.letRemove();
    await becomes(async () => statuses[1]?.(), 'success');
    await runner.stop(1000);
    assert.deepEqual(engine.liveStages, []);
  });

  it('does not watch over it any more while it is cleaned up', async () => {
    const engine = new HeldEngine(true);
    let watches = 0;
    const sleep: RunnerDeps['sleep'] = async (ms, signal) => {
      watches += 1;
      await delay(ms, undefined, { signal }).finally(() => {
        watches -= 1;
      });
    };
    const warnings: string[] = [];
    const note = (_fields: object, message: string): void => void warnings.push(message);
    const runner = startWith(engine, { sleep, log: { info: note, warn: note, error: note } });
    const status = await push('one');
    await becomes(async () => status(), 'success');
    await becomes(async () => watches, 0);
    engine.letRemove();
    await runner.stop(1000);
    assert.deepEqual(warnings, []);
  });
});
