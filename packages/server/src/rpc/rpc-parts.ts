import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config-build.ts';
import type { MountRpcDeps } from './mount-rpc.ts';
import type { RpcDeps } from './rpc-deps.ts';

/** What only the composition root knows. */
export type RpcParts = Partial<
  Pick<
    RpcDeps,
    'nowMs' | 'sleep' | 'sharedPollMs' | 'system' | 'cloneCredentials' | 'forRunner' | 'changedFiles'
  >
>;

type Given = Pick<RpcDeps, 'db' | 'logs' | 'events' | 'queue' | 'sealer' | 'log'> & {
  readonly config: Pick<Config, 'server' | 'rpc' | 'logs'>;
  readonly version: { readonly version: string };
  /** Unix seconds. */
  readonly now: () => number;
  readonly rpc?: RpcParts;
};

/** Fills in what a server has that nobody has told more. */
export function rpcDeps(given: Given, rest: Pick<RpcDeps, 'limiter' | 'closing'>): MountRpcDeps {
  const { db, logs, events, queue, sealer, log, config, now, version } = given;
  const { publicUrl, proto } = config.server;
  const url = new URL(publicUrl);
  const path = url.pathname === '/' ? '' : url.pathname;
  return {
    ...{ db, logs, events, queue, sealer, log, publicUrl },
    ...rest,
    settings: config.rpc,
    logLimitBytes: config.logs.limitBytes,
    nowMs: () => now() * 1000,
    sleep: pause,
    sharedPollMs: undefined,
    system: { proto, host: `${url.host}${path}`, version: version.version },
    cloneCredentials: () => undefined,
    ...given.rpc,
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
