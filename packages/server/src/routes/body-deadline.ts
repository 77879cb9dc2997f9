import type { FastifyRequest } from 'fastify';

/** Cuts the connection of whoever has not sent the whole body in time. */
export function limitBodyTime({ raw }: FastifyRequest, withinMs: number): void {
  if (raw.complete) return;
  const timer = setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, withinMs);
  timer.unref();
  raw.once('end', () => clearTimeout(timer));
  raw.once('close', () => clearTimeout(timer));
}
