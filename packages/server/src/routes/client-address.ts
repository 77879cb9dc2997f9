import type { FastifyRequest } from 'fastify';

/** Longer than any address: what a proxy hands on may be anything. */
const MAX_LENGTH = 64;

/** Network address of the client; empty once the connection has gone, and for local sockets. */
export function clientAddress(request: FastifyRequest): string {
  const address: string | undefined = request.ip;
  return (address ?? '').slice(0, MAX_LENGTH);
}
