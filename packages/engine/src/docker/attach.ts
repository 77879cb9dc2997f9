import { Buffer } from 'node:buffer';
import { addAbortSignal, Duplex, Readable } from 'node:stream';
import type Docker from 'dockerode';

export interface AttachedStreams {
  /** Output in the frames of Docker. */
  readonly output: Readable;
  /** The container's standard input, where it was asked for. */
  readonly input: Duplex | undefined;
}

/**
 * Attaches to a container that has been created. The request has no body, unlike that of the client library: Podman
 * takes one for input of the program. Throws what the daemon answers.
 */
export async function attachStreams(
  container: Docker.Container,
  { hasInput, signal }: { readonly hasInput: boolean; readonly signal: AbortSignal },
): Promise<AttachedStreams> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const streams = { stream: true, stdout: true, stderr: true, ...(hasInput ? { stdin: true } : {}) };
  const request = {
    path: `/containers/${container.id}/attach?`,
    method: 'POST',
    options: streams,
    // What is sent instead of the options.
    file: Buffer.alloc(0),
    isStream: true,
    hijack: hasInput,
    openStdin: hasInput,
    abortSignal: signal,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
  };
  container.modem.dial(request, (error: unknown, answer: unknown) => {
    if (error instanceof Error) reject(error);
    else resolve(answer);
  });
  const answer = await promise;
  if (!(answer instanceof Readable)) throw new TypeError('Docker gave no stream to read from');
  return {
    output: answer,
    input: hasInput && answer instanceof Duplex ? addAbortSignal(signal, answer) : undefined,
  };
}
