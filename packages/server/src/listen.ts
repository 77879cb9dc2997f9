import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@sortie/core/errors';

/** A listening server whose requests wait until `serve` says who answers them. */
export interface Listener {
  readonly server: Server;
  readonly port: number;
  serve(handler: RequestListener): void;
}

/** A push over a slow line may take as long as the Git host lets it, and its last bytes a little more. */
const REQUEST_TIMEOUT_MS = 11 * 60_000;

/**
 * Takes the address before anything else is opened: whoever starts a server twice must hear of the port first.
 * Throws `port-in-use`, `config-value`.
 */
export async function listen(address: { readonly host: string; readonly port: number }): Promise<Listener> {
  const early: [IncomingMessage, ServerResponse][] = [];
  const keep = (request: IncomingMessage, response: ServerResponse) => void early.push([request, response]);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, keep);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toAppError(error, address)));
    server.listen({ host: address.host === '' ? undefined : address.host, port: address.port }, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    serve(handler) {
      server.off('request', keep);
      server.on('request', handler);
      for (const [request, response] of early) handler(request, response);
    },
  };
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
