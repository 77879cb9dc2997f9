import { AppError } from '@sortie/core/errors';
import { dumpCalls } from '@sortie/runner/rpc/dump-calls';
import { createTransport, type Transport } from '@sortie/runner/rpc/transport';
import type { Config } from '@sortie/server/config-build';
import type { Logger } from 'pino';

/**
 * How a runner reaches the server that the settings name; `proxies` are `HTTP_PROXY` and its like. Throws `config-value`
 * when they name none.
 */
export function openTransport(
  { runner, rpc }: Config,
  { log, proxies }: { readonly log: Logger; readonly proxies: NodeJS.ProcessEnv },
): Transport {
  const { host, proto, skipsVerify, dump } = runner.remote;
  if (host === '')
    throw missing('DRONE_RPC_HOST', 'Set it to the host of the server, for example ci.example.com.');
  if (rpc.secret === '') {
    throw missing(
      'DRONE_RPC_SECRET',
      'Set it to a runner token of the server, or to the secret that it shares.',
    );
  }
  const transport = createTransport({
    baseUrl: `${proto}://${host}`,
    secret: rpc.secret,
    skipVerify: skipsVerify,
    proxies,
  });
  if (!dump.isOn) return transport;
  // Who asks for it gets it, whatever else the log shows.
  const detailed = log.child({}, { level: log.isLevelEnabled('debug') ? log.level : 'debug' });
  return dumpCalls(transport, { hasBodies: dump.hasBodies, nowMs: Date.now, log: detailed });
}

function missing(name: string, hint: string): AppError {
  return new AppError('config-value', `A runner needs ${name}, which is not set.`, { hint });
}
