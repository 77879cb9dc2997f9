import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerIdentity } from '@sortie/core/runner';
import { systemClock } from '@sortie/engine/clock';
import type { Engine } from '@sortie/engine/engine';
import { type RunnerDeps, type RunningRunner, startRunner } from '@sortie/runner/runner';
import { tellCalls } from '@sortie/runner/tell-calls';
import type { Config } from '@sortie/server/config-build';
import type { Logger } from 'pino';
import { runnerPlatform } from './engines.ts';
import { runnerRules } from './runner-rules.ts';
import { VERSION } from './version.ts';

export interface EngineCheck {
  readonly type: string;
  /** Absent when the engine works. */
  readonly problem?: string;
}

/** How often an engine that did not answer is asked again. */
const RECHECK_MS = 10_000;

export async function checkEngines(engines: ReadonlyMap<string, Engine>): Promise<readonly EngineCheck[]> {
  return Promise.all([...engines.values()].map(checkEngine));
}

async function checkEngine(engine: Engine): Promise<EngineCheck> {
  try {
    await engine.check(AbortSignal.timeout(5000));
    return { type: engine.type };
  } catch (error) {
    return { type: engine.type, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The pipeline types that can run. */
export function usable(checks: readonly EngineCheck[]): readonly string[] {
  return checks.filter((check) => check.problem === undefined).map((check) => check.type);
}

/** Why an engine cannot be used, one sentence each. */
export function notesOf(checks: readonly EngineCheck[]): readonly string[] {
  return checks.flatMap((check) => (check.problem === undefined ? [] : [check.problem]));
}

/** What the runner of this process says about itself. */
export function identityOf(config: Config, name: string, types: readonly string[]): RunnerIdentity {
  const { labels, capacity } = config.runner;
  return { name, types, platform: runnerPlatform(config), labels, capacity, version: VERSION };
}

export interface EngineRunnerOptions {
  readonly config: Config;
  readonly log: Logger;
  /** The server that it works for. */
  readonly service: RunnerDeps['service'];
  readonly engines: ReadonlyMap<string, Engine>;
  readonly name: string;
  readonly checks: readonly EngineCheck[];
  /** What the log of a step may hold. */
  readonly limitBytes: number;
  /** Counts the time that really passes, whatever the clock of the machine shows. */
  readonly elapsedMs?: () => number;
}

/** Starts a runner on the engines of this process, as the settings say. */
export function startEngineRunner(options: EngineRunnerOptions): RunningRunner {
  const { config, engines, name, limitBytes, elapsedMs = () => performance.now() } = options;
  const log = options.log.child({ runner: name });
  sweepLeftovers(engines, options.log);
  const state = new Map(options.checks.map((check) => [check.type, { ...check, atMs: elapsedMs() }]));
  const identity = async (): Promise<RunnerIdentity> => {
    for (const engine of engines.values()) {
      const last = state.get(engine.type);
      const atMs = elapsedMs();
      const isOld = last === undefined || atMs - last.atMs >= RECHECK_MS;
      if (isOld) state.set(engine.type, { ...(await checkEngine(engine)), atMs });
    }
    return identityOf(config, name, usable([...state.values()]));
  };
  return startRunner({
    service: log.isLevelEnabled('debug') ? tellCalls(options.service, log) : options.service,
    engines,
    identity,
    name,
    capacity: config.runner.capacity,
    ...runnerRules(config.runner, process.env),
    logLimitBytes: limitBytes,
    clock: systemClock(),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
    log,
  });
}

/** What an earlier process left behind is removed while this one already works. */
function sweepLeftovers(engines: ReadonlyMap<string, Engine>, log: Logger): void {
  for (const engine of engines.values()) {
    engine.sweep().then(
      (removed) => {
        if (removed.length > 0)
          log.warn({ engine: engine.type, removed }, 'removed what an earlier run had left');
      },
      (err: unknown) =>
        log.warn({ engine: engine.type, err }, 'leftovers of earlier runs could not be removed'),
    );
  }
}

/** Closes all of them, then throws what the first failure was. */
export async function closeEngines(engines: ReadonlyMap<string, Engine>): Promise<void> {
  const closed = await Promise.allSettled([...engines.values()].map((engine) => engine.close()));
  for (const result of closed) if (result.status === 'rejected') throw result.reason;
}
