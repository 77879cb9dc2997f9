import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '@sortie/core/errors';

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A listening server whose requests wait until `serve` says who answers them. */
export interface Listener {
  readonly server: Server;
  readonly port: number;
  /** `upgrade` takes requests for WebSockets. */
  serve(handler: RequestListener, upgrade: UpgradeListener): void;
}

/** A push over a slow line may take as long as the Git host lets it, and its last bytes a little more. */
const REQUEST_TIMEOUT_MS = 11 * 60_000;
/** Official runners keep idle connections for 90 s and take one that closes under a call for a failure of it. */
const KEEP_ALIVE_MS = 120_000;
const HEADERS_TIMEOUT_MS = 60_000;
/** Their logs may be large and their lines slow. */
const RUNNER_PATH = /^(\/[^/?]+)*?\/rpc\/v2\//;

/**
 * Takes the address before anything else is opened: whoever starts a server twice must hear of the port first.
 * Throws `port-in-use`, `config-value`.
 */
export async function listen(address: { readonly host: string; readonly port: number }): Promise<Listener> {
  const early: [IncomingMessage, ServerResponse][] = [];
  const keep = (request: IncomingMessage, response: ServerResponse) => void early.push([request, response]);
  const server: Server = createServer(
    {
      // Kept here instead, for all but runners.
      requestTimeout: 0,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Whatever else wants to upgrade, such as curl to HTTP/2, is answered as it is.
      shouldUpgradeCallback: (request): boolean =>
        server.listenerCount('upgrade') > 0 && /^websocket$/i.test(request.headers.upgrade ?? ''),
    },
    keep,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toAppError(error, address)));
    server.listen({ host: address.host === '' ? undefined : address.host, port: address.port }, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    serve(handler, upgrade) {
      server.off('request', keep);
      server.on('request', limitBody);
      server.on('request', handler);
      server.on('upgrade', upgrade);
      for (const [request, response] of early) handler(request, response);
    },
  };
}

/** Cuts off who is too slow in sending a body. */
function limitBody(request: IncomingMessage): void {
  const { headers, url = '' } = request;
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (!hasBody || RUNNER_PATH.test(url)) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, REQUEST_TIMEOUT_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

function toAppError(error: Error, { host, port }: { host: string; port: number }): Error {
  const code = 'code' in error ? error.code : '';
  const place = `${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new AppError('port-in-use', `Another program listens on ${place} already.`, {
      hint: 'Stop it, or choose another address with DRONE_SERVER_PORT, for example DRONE_SERVER_PORT=:8081.',
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new AppError('config-value', `This account may not listen on ${place}.`, {
      hint: 'Choose a port above 1023 with DRONE_SERVER_PORT.',
      cause: error,
    });
  }
  return new AppError('config-value', `The server cannot listen on ${place} (${error.message}).`, {
    hint: 'Set DRONE_SERVER_PORT to a port, or to an address of this machine with a port.',
    cause: error,
  });
}

/** Ends every connection, and resolves when the address is free. */
export async function closeListener({ server }: Listener): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Streams stay open by their nature; what is under way otherwise has ended by now.
  server.closeAllConnections();
  await closed;
}
