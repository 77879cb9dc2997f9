import { Buffer } from 'node:buffer';
import type Docker from 'dockerode';
import { DaemonAnswer } from './daemon-answer.ts';
import { type DaemonAddress, type DaemonSocket, openDaemonSocket } from './daemon-socket.ts';
import type { Take } from './intake.ts';

export interface AttachRequest {
  /** The container has been made with an open standard input, which shall be written to. */
  readonly hasInput: boolean;
  /** Cuts the connection. */
  readonly signal: AbortSignal;
  /**
   * Gets what comes, in the frames of Docker. A chunk is good until the call returns, or until its promise resolves:
   * meanwhile nothing is read, so that the program waits.
   */
  readonly take: Take;
}

export interface Attachment {
  /** Resolves when the stream is closed and everything has been taken; rejects when stream or `take` fails. */
  readonly drained: Promise<void>;
  /** Writes to the standard input of the container. */
  write(text: string): void;
}

/** A daemon that explains itself at greater length is not understood anyway. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/**
 * Attaches to a container that has been created, over a connection of its own: what the client library reads comes in
 * new memory each time, and clearing that away is most of the work on a large log. The request has no body, since
 * Podman takes one for input of the program. Throws what the daemon answers, as the client library does.
 */
export async function attachTo(container: Docker.Container, request: AttachRequest): Promise<Attachment> {
  const address: DaemonAddress = container.modem;
  const answer = new DaemonAnswer();
  const begun = Promise.withResolvers<void>();
  const refusal = new Refusal();
  const takeAnswer = (chunk: Buffer): void | Promise<void> => {
    const parts = answer.read(chunk);
    if (answer.status === undefined) return;
    const isTaken = isAttached(answer.status);
    if (isTaken) begun.resolve();
    else refusal.add(parts);
    const taken = isTaken ? handOver(parts, request.take) : undefined;
    if (!answer.isOver && refusal.bytes < MAX_REFUSAL_BYTES) return taken;
    if (taken === undefined) return socket.destroy();
    return taken.then(() => socket.destroy());
  };
  const socket: DaemonSocket = openDaemonSocket(address, { signal: request.signal, take: takeAnswer });
  socket.write(requestText(container.id, address, request.hasInput));
  const drained = socket.closed.then(() => {
    if (answer.status === undefined) throw hungUp('the connection was closed before the answer');
    if (!isAttached(answer.status)) throw refusal.toError(answer.status);
    if (!answer.mayEnd) throw hungUp('the connection was closed within the answer');
  });
  drained.catch(begun.reject);
  await begun.promise;
  return { drained, write: (text) => socket.write(text) };
}

/** What stands between us and the daemon may not pass on that the protocol is switched. */
function isAttached(status: number): boolean {
  return status === 101 || status === 200;
}

function requestText(id: string, address: DaemonAddress, hasInput: boolean): string {
  const { host, port, socketPath, version } = address;
  const query = `stream=1&stdout=1&stderr=1${hasInput ? '&stdin=1' : ''}`;
  const lines = [
    `POST ${version === undefined ? '' : `/${version}`}/containers/${id}/attach?${query} HTTP/1.1`,
    `Host: ${socketPath === undefined ? `${host}:${port}` : 'localhost'}`,
    'Connection: Upgrade',
    'Upgrade: tcp',
    'Content-Length: 0',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** One after the other; stays synchronous as long as `take` does. */
function handOver(parts: readonly Buffer[], take: Take): void | Promise<void> {
  for (const [at, part] of parts.entries()) {
    const taken = take(part);
    if (taken !== undefined) return taken.then(() => handOver(parts.slice(at + 1), take));
  }
}

/** Known as what it is by `isUnreachable`. */
function hungUp(message: string): Error {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}

/** What the daemon says when it does not do as it was asked. */
class Refusal {
  readonly #parts: Buffer[] = [];
  bytes = 0;

  add(parts: readonly Buffer[]): void {
    for (const part of parts) {
      this.#parts.push(Buffer.from(part));
      this.bytes += part.length;
    }
  }

  /** In the form of the client library, for `docker-error.ts`. */
  toError(statusCode: number): Error {
    const text = Buffer.concat(this.#parts).toString().trim();
    const json = parse(text);
    return Object.assign(new Error(`(HTTP code ${statusCode}) refused - ${text}`), { statusCode, json });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
