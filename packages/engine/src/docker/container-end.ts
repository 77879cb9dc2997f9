import { json } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { dial } from './dial.ts';
import { daemonMessage, statusOf } from './docker-error.ts';

/**
 * Asks for the next end of the container, and resolves when the daemon knows of the question: whoever starts the
 * container sooner may wait for ever. Docker sends the head of its answer at once and the rest at the end; the client
 * library never settles when the connection breaks in between, so the answer is read here.
 */
export async function awaitExit(
  container: Docker.Container,
  signal: AbortSignal,
): Promise<{ readonly exitCode: Promise<number> }> {
  const answer = await dial(container, {
    path: `/containers/${container.id}/wait?`,
    options: { condition: 'next-exit' },
    abortSignal: signal,
  });
  const exitCode = json(answer).then((end) => (end as { readonly StatusCode: number }).StatusCode);
  return { exitCode };
}

/** True when a signal found no running container: 409 in Docker, 500 in Podman; with 404 it is gone. */
export function isOver(error: unknown): boolean {
  const status = statusOf(error);
  if (status === 500) return /can only kill running containers/.test(daemonMessage(error));
  return status === 409 || status === 404;
}
