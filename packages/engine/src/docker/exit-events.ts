import { createInterface } from 'node:readline';
import { addAbortSignal, Readable } from 'node:stream';
import type Docker from 'dockerode';
import { STAGE_LABEL } from './object-name.ts';

/**
 * The ends of the containers of one stage as the daemon's events tell them: a twentieth of a second before the answer
 * to a wait, which comes when the network of the container has been taken down. Events may be missing, and then the
 * wait decides.
 */
export class ExitEvents {
  readonly #awaited = new Map<string, (exitCode: number) => void>();
  readonly #outOfMemory = new Set<string>();

  /** Listens until `signal` aborts. */
  constructor(docker: Docker, stageId: string, signal: AbortSignal) {
    this.#follow(docker, stageId, signal).catch(() => undefined);
  }

  /** Resolves with the exit code at the next end of the container, if an event tells of it. */
  next(containerId: string): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#awaited.set(containerId, resolve);
    return promise;
  }

  /** True when the kernel has ended a process of the container for its memory. */
  wasOutOfMemory(containerId: string): boolean {
    return this.#outOfMemory.has(containerId);
  }

  async #follow(docker: Docker, stageId: string, signal: AbortSignal): Promise<void> {
    const filters = {
      type: ['container' as const],
      // Podman filters by a name of its own and tells the event under that of Docker.
      event: ['die', 'died', 'oom'],
      label: [`${STAGE_LABEL}=${stageId}`],
    };
    const answer = await docker.getEvents({ filters });
    if (!(answer instanceof Readable)) return;
    const stream = addAbortSignal(signal, answer);
    for await (const line of createInterface({ input: stream })) {
      const end = parseEnd(line);
      if (end === undefined) continue;
      if (end.exitCode === undefined) {
        this.#outOfMemory.add(end.id);
        continue;
      }
      this.#awaited.get(end.id)?.(end.exitCode);
      this.#awaited.delete(end.id);
    }
  }
}

/**
 * Docker and Podman both put the exit code among the attributes, under names of their own. Without one the event is
 * about memory.
 */
function parseEnd(line: string): { readonly id: string; readonly exitCode: number | undefined } | undefined {
  if (line.trim() === '') return undefined;
  const event: unknown = JSON.parse(line);
  if (!isRecord(event) || !isRecord(event.Actor) || !isRecord(event.Actor.Attributes)) return undefined;
  const { ID } = event.Actor;
  if (typeof ID !== 'string') return undefined;
  if (event.Action === 'oom') return { id: ID, exitCode: undefined };
  const { exitCode, containerExitCode } = event.Actor.Attributes;
  const code = exitCode ?? containerExitCode;
  return typeof code === 'string' && /^\d+$/.test(code) ? { id: ID, exitCode: Number(code) } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
