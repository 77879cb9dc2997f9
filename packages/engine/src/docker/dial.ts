import { Readable } from 'node:stream';
import type Docker from 'dockerode';

/** A call that the daemon answers with a stream, as the client library takes it. */
export interface StreamCall {
  readonly path: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly abortSignal: AbortSignal;
  /** What is sent instead of the options. */
  readonly file?: Uint8Array;
  readonly hijack?: boolean;
  readonly openStdin?: boolean;
}

const ANSWERS = { 200: true, 404: 'no such container', 500: 'server error' };

/** Resolves with the stream as soon as the daemon has begun to answer. Throws what the daemon answers otherwise. */
export async function dial(container: Docker.Container, call: StreamCall): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const request = { ...call, method: 'POST', isStream: true, statusCodes: ANSWERS };
  container.modem.dial(request, (error: unknown, answer: unknown) => {
    if (error instanceof Error) reject(error);
    else resolve(answer);
  });
  const answer = await promise;
  if (!(answer instanceof Readable)) throw new TypeError(`Docker gave no stream for ${call.path}`);
  return answer;
}
