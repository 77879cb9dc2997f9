import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunnerIdentity } from '@sortie/core/runner';
import { systemClock } from '@sortie/engine/clock';
import type { Engine } from '@sortie/engine/engine';
import { type RunningRunner, startRunner } from '@sortie/runner/runner';
import type { Config } from '@sortie/server/config-build';
import { type RunningServer, startServer } from '@sortie/server/main';
import type { Logger } from 'pino';
import { hostPlatform, openEngines } from './engines.ts';
import { VERSION } from './version.ts';
import { webRoot } from './web-root.ts';

export interface Launched {
  readonly server: RunningServer;
  readonly config: Config;
  /** Why an engine that was asked for cannot be used now, one sentence each. */
  readonly engineNotes: readonly string[];
  /** Pipeline types that can run now. */
  readonly types: readonly string[];
  /**
   * Ends runner and server; stages that still run after `graceMs` are killed and say so. May be called again, with
   * a shorter grace for those who cannot wait.
   */
  close(graceMs: number): Promise<void>;
}

/** How often an engine that did not answer is asked again. */
const RECHECK_MS = 10_000;

/**
 * Starts server and built-in runner in this process. The runner talks to the server through the same contract as
 * any other; only the transport is a function call.
 */
export async function launch(config: Config, log: Logger): Promise<Launched> {
  const name = config.runner.name === '' ? hostname() : config.runner.name;
  const server = await startServer({
    config,
    log,
    version: VERSION,
    webRoot: webRoot(),
    builtinRunner: config.runner.isEnabled ? name : undefined,
    searchPath: process.env.PATH ?? '',
  });
  if (!config.runner.isEnabled)
    return { server, config, engineNotes: [], types: [], close: () => server.close() };
  try {
    const engines = openEngines(config);
    const checks = await checkEngines(engines);
    let closing: Promise<void> | undefined;
    const runner = startBuiltinRunner({ config, log, server, engines, name, checks });
    return {
      server,
      config,
      engineNotes: checks.flatMap((check) => (check.problem === undefined ? [] : [check.problem])),
      types: usable(checks),
      close(graceMs) {
        const stopped = runner.stop(graceMs);
        closing ??= closeAll(stopped, engines, server);
        return closing;
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

interface EngineCheck {
  readonly type: string;
  /** Absent when the engine works. */
  readonly problem?: string;
  readonly atMs: number;
}

async function checkEngines(engines: ReadonlyMap<string, Engine>): Promise<readonly EngineCheck[]> {
  return Promise.all([...engines.values()].map(checkEngine));
}

async function checkEngine(engine: Engine): Promise<EngineCheck> {
  const atMs = Date.now();
  try {
    await engine.check(AbortSignal.timeout(5000));
    return { type: engine.type, atMs };
  } catch (error) {
    return { type: engine.type, atMs, problem: error instanceof Error ? error.message : String(error) };
  }
}

function usable(checks: readonly EngineCheck[]): readonly string[] {
  return checks.filter((check) => check.problem === undefined).map((check) => check.type);
}

interface BuiltinRunner {
  readonly config: Config;
  readonly log: Logger;
  readonly server: RunningServer;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly name: string;
  readonly checks: readonly EngineCheck[];
}

function startBuiltinRunner({ config, log, server, engines, name, checks }: BuiltinRunner): RunningRunner {
  sweepLeftovers(engines, log);
  const state = new Map(checks.map((check) => [check.type, check]));
  const identity = async (): Promise<RunnerIdentity> => {
    for (const engine of engines.values()) {
      const last = state.get(engine.type);
      const isOld = last === undefined || Date.now() - last.atMs >= RECHECK_MS;
      if (isOld) state.set(engine.type, await checkEngine(engine));
    }
    const types = usable([...state.values()]);
    const { labels, capacity } = config.runner;
    return { name, types, platform: hostPlatform(), labels, capacity, version: VERSION };
  };
  return startRunner({
    service: server.runnerService,
    engines,
    identity,
    name,
    capacity: config.runner.capacity,
    environ: config.runner.environ,
    cloneImage: config.runner.cloneImage === '' ? undefined : config.runner.cloneImage,
    logLimitBytes: config.logs.limitBytes,
    clock: systemClock(),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    random: Math.random,
    log: log.child({ runner: name }),
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

async function closeAll(
  stopped: Promise<void>,
  engines: ReadonlyMap<string, Engine>,
  server: RunningServer,
): Promise<void> {
  await stopped;
  const closed = await Promise.allSettled([...engines.values()].map((engine) => engine.close()));
  await server.close();
  for (const result of closed) if (result.status === 'rejected') throw result.reason;
}
