import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunnerService } from '@sortie/contract/runner';
import { createRunnerChecks } from '@sortie/contract/runner-checks';
import type { RunnerIdentity } from '@sortie/core/runner';
import type { Clock } from '@sortie/engine/clock';
import { retry } from '../retry.ts';
import type { AskDeps } from '../rpc/ask.ts';
import { findLeftStages } from '../spool/recover.ts';
import { createRunnerClient } from './runner-client.ts';
import { readRunnerId } from './runner-id.ts';
import { createSpooledService } from './spooled-service.ts';

export interface ConnectServerOptions extends AskDeps {
  readonly clock: Clock;
  /** Folder of the runner; it exists. */
  readonly folder: string;
  readonly identity: RunnerIdentity;
  /** Aborts when the process must end at once: nothing is sent any more. */
  readonly signal: AbortSignal;
}

export interface ConnectedServer {
  readonly service: RunnerService;
  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void>;
  /** Stages with reports that the server does not have yet, or whose end it does not know. */
  readonly spooled: number;
}

/**
 * Connects to a Sortie server: says which stages of an earlier process there still is something to say about, and says it
 * while new ones may be taken already. `undefined` when `stopping` aborts before the server has answered. Throws `unauthorized`, `disk-full`.
 */
export async function connectServer(
  options: ConnectServerOptions,
  stopping: AbortSignal,
): Promise<ConnectedServer | undefined> {
  const { transport, signal, log, sleep, random } = options;
  const folder = join(options.folder, 'spool');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const runnerId = await readRunnerId(options.folder);
  const checks = createRunnerChecks();
  const client = createRunnerClient({ transport, checks, runnerId, signal });
  const deps = { ...options, client, checks, folder };
  const left = await findLeftStages(deps, folder);
  const held = left.map(({ lease }) => lease);
  const onRetry = (err: unknown): void => log.warn({ err }, 'the server cannot be reached; trying on');
  const waiting = AbortSignal.any([signal, stopping]);
  try {
    await retry(() => client.hello(options.identity, held), { signal: waiting, sleep, random, onRetry });
  } catch (error) {
    if (waiting.aborted) return undefined;
    throw error;
  }
  if (left.length > 0) log.warn({ stages: left.length }, 'an earlier process has left stages to report');
  const resuming = new Set(left);
  const resumed = Promise.all(
    left.map(async (stage) => {
      await stage.resume();
      resuming.delete(stage);
    }),
  );
  const service = createSpooledService(deps);
  return {
    service,
    get spooled() {
      return resuming.size + service.spooled;
    },
    async idle() {
      await Promise.all([resumed, service.idle()]);
    },
  };
}
