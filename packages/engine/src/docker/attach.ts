import { Buffer } from 'node:buffer';
import { addAbortSignal, Duplex, type Readable } from 'node:stream';
import type Docker from 'dockerode';
import { dial } from './dial.ts';

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
  const answer = await dial(container, {
    path: `/containers/${container.id}/attach?`,
    options: { stream: true, stdout: true, stderr: true, ...(hasInput ? { stdin: true } : {}) },
    file: Buffer.alloc(0),
    hijack: hasInput,
    openStdin: hasInput,
    abortSignal: signal,
  });
  return {
    output: answer,
    input: hasInput && answer instanceof Duplex ? addAbortSignal(signal, answer) : undefined,
  };
}
