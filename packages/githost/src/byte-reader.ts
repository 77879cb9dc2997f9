import type { Readable } from 'node:stream';
import { AppError } from '@sortie/core/errors';

/** Reads a stream in the pieces that a parser wants, and gives the rest away chunk by chunk. */
export interface ByteReader {
  /** Exactly so many bytes; throws `push-rejected` when the stream ends before. */
  take(count: number): Promise<Buffer>;
  /** Up to so many bytes, which stay unread; fewer at the end of the stream. */
  peek(count: number): Promise<Buffer>;
  /** The next bytes, `undefined` at the end. */
  next(): Promise<Buffer | undefined>;
}

/** Errors of the stream, a disconnected client among them, come out of every method. */
export function createByteReader(source: Readable): ByteReader {
  const chunks: AsyncIterator<Buffer> = source.iterator({ destroyOnReturn: false });
  let held: Buffer = Buffer.alloc(0);

  async function fill(count: number): Promise<void> {
    while (held.length < count) {
      const { value, done } = await chunks.next().catch(explain);
      if (done === true) return;
      held = held.length === 0 ? value : Buffer.concat([held, value]);
    }
  }

  return {
    async take(count) {
      await fill(count);
      if (held.length < count) throw endsEarly();
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async peek(count) {
      await fill(count);
      return held.subarray(0, count);
    },
    async next() {
      if (held.length === 0) await fill(1);
      const taken = held;
      held = Buffer.alloc(0);
      return taken.length === 0 ? undefined : taken;
    },
  };
}

function endsEarly(): AppError {
  return new AppError('push-rejected', 'The request ends in the middle.', {
    hint: 'Push again. If it happens again, look at the limits of proxies between here and the server.',
  });
}

/** zlib's errors are the client's fault; all others are passed on. */
function explain(error: NodeJS.ErrnoException): never {
  if (error.code?.startsWith('Z_') !== true) throw error;
  throw new AppError('push-rejected', 'The compressed body of the request is damaged.', {
    hint: 'Push again. If it happens again, look at the proxies between here and the server.',
    cause: error,
  });
}
