import { hostname } from 'node:os';
import type { Engine } from '@sortie/engine/engine';
import type { Config } from '@sortie/server/config-build';
import { type RunningServer, startServer } from '@sortie/server/main';
import { writeAuthorities } from '@sortie/server/write-authorities';
import type { Logger } from 'pino';
import { checkEngines, closeEngines, notesOf, startEngineRunner, usable } from './engine-runner.ts';
import { openEngines } from './engines.ts';
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
    const caPath = await writeAuthorities(config.dataFolder, config.services.caPath);
    const engines = openEngines(config, caPath);
    const checks = await checkEngines(engines);
    let closing: Promise<void> | undefined;
    const { runnerService: service } = server;
    const { limitBytes } = config.logs;
    const runner = startEngineRunner({ config, log, service, engines, name, checks, limitBytes });
    return {
      server,
      config,
      engineNotes: notesOf(checks),
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

async function closeAll(
  stopped: Promise<void>,
  engines: ReadonlyMap<string, Engine>,
  server: RunningServer,
): Promise<void> {
  await stopped;
  const [closed] = await Promise.allSettled([closeEngines(engines)]);
  await server.close();
  if (closed.status === 'rejected') throw closed.reason;
}
