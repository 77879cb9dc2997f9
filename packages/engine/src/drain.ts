import type { Readable } from 'node:stream';

/**
 * Hands every chunk of the stream over, one at a time: while `take` is busy the stream is not read, so that the
 * program at its other end waits. Resolves when the stream is closed, rejects when it or `take` fails.
 */
export function drain(stream: Readable, take: (chunk: Buffer) => void | Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let busy: Promise<void> = Promise.resolve();
  stream.on('data', (chunk: Buffer) => {
    const taken = take(chunk);
    if (taken === undefined) return;
    stream.pause();
    busy = taken.then(
      () => void stream.resume(),
      (error: unknown) => void stream.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  stream.once('error', reject);
  stream.once('close', () => void busy.then(resolve));
  return promise;
}
