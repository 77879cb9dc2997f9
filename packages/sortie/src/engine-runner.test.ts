import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import type { RunnerService } from '@sortie/contract/runner';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { parseConfig } from '@sortie/server/config';
import { pino } from 'pino';
import { checkEngines, startEngineRunner } from './engine-runner.ts';

class FailingEngine extends DummyEngine {
  isThere = true;
  override async check(): Promise<void> {
    if (!this.isThere) throw new Error('gone');
  }
}

it('with DRONE_TRACE the log tells what the runner asks for, and without it does not', async () => {
  for (const [env, expected] of [
    [{ DRONE_TRACE: 'true' }, ['asking for work']],
    [{}, []],
  ] as const) {
    const messages: string[] = [];
    const asked = Promise.withResolvers<void>();
    const request: RunnerService['request'] = (_runner, { signal }) => {
      asked.resolve();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
    };
    const config = parseConfig({ DRONE_RUNNER_CAPACITY: '1', ...env }, () => '');
    const write = (line: string): void => void messages.push(JSON.parse(line).msg);
    const runner = startEngineRunner({
      config,
      log: pino({ level: config.logging.level }, { write }),
      service: { request } as unknown as RunnerService,
      engines: new Map(),
      name: 'one',
      checks: [],
      limitBytes: 1,
    });
    await asked.promise;
    await runner.stop(0);
    assert.deepEqual(messages, expected);
  }
});

it('an engine that does not answer any more is noticed, also when the clock is put back meanwhile', async () => {
  const engine = new FailingEngine();
  const engines = new Map([['dummy', engine]]);
  const asked: (readonly string[])[] = [];
  const twice = Promise.withResolvers<void>();
  let elapsedMs = 0;
  const request: RunnerService['request'] = async ({ types }, { signal }) => {
    asked.push(types);
    if (asked.length < 2) {
      engine.isThere = false;
      elapsedMs += 10_000;
      mock.timers.setTime(0);
      return undefined;
    }
    twice.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  };
  mock.timers.enable({ apis: ['Date'], now: 3_600_000 });
  try {
    const runner = startEngineRunner({
      config: parseConfig({ DRONE_RUNNER_CAPACITY: '1' }, () => ''),
      log: pino({ level: 'silent' }),
      service: { request } as unknown as RunnerService,
      engines,
      name: 'one',
      checks: await checkEngines(engines),
      limitBytes: 1,
      elapsedMs: () => elapsedMs,
    });
    await twice.promise;
    await runner.stop(0);
  } finally {
    mock.timers.reset();
  }
  assert.deepEqual(asked, [['dummy'], []]);
});
