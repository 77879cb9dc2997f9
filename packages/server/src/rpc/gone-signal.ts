import type { FastifyReply } from 'fastify';

/** Aborts when the connection is closed, be it before or after the answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  // Checking the token took a moment, in which it may have happened already.
  if (reply.raw.destroyed || reply.raw.closed) gone.abort();
  return gone.signal;
}
