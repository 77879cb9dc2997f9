import { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '@sortie/core/errors';

/** A delivery of our own runners ends with the frame that reaches 1 MiB, which most of them do on a chatty step. */
const ROOM_BYTES = 2 ** 21;
/** Two on their way keep a connection busy; more than these are new memory each. */
const MAX_SPARE = 2;
/** For smaller ones memory of their own is cheaper than a room. */
const SMALL_BYTES = 2 ** 16;

/** The bytes are good until `release`, which is to be called once. */
export interface DeliveryBody {
  readonly bytes: Buffer;
  release(): void;
}

export interface DeliveryBodies {
  /**
   * Reads to the end. `announcedBytes` is a hint. Throws `body-too-large`, and `invalid-request` for a body that breaks
   * off; the stream is then left where it is.
   */
  read(stream: Readable, announcedBytes: number): Promise<DeliveryBody>;
}

/** Reads the bodies of deliveries into the same memory again and again: new memory for each is most of what they cost. */
export function createDeliveryBodies(limitBytes: number): DeliveryBodies {
  const spare: Buffer[] = [];
  return {
    async read(stream, announcedBytes) {
      if (announcedBytes > limitBytes) throw tooLarge(limitBytes);
      const isSmall = announcedBytes <= SMALL_BYTES;
      const room = isSmall
        ? Buffer.allocUnsafe(announcedBytes)
        : (spare.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES));
      const release = (): void => {
        if (!isSmall && spare.length < MAX_SPARE) spare.push(room);
      };
      try {
        return { bytes: await fill(stream, room, limitBytes), release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

/** What the stream has, in `room` where it fits. */
function fill(stream: Readable, room: Buffer, limitBytes: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  let memory = room;
  let size = 0;
  const onData = (chunk: Buffer): void => {
    const needed = size + chunk.length;
    if (needed > limitBytes) {
      // Not destroyed: the answer goes over the same connection.
      stream.off('data', onData);
      stream.pause();
      reject(tooLarge(limitBytes));
      return;
    }
    if (needed > memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(limitBytes, 2 * needed));
      memory.copy(larger, 0, 0, size);
      memory = larger;
    }
    memory.set(chunk, size);
    size = needed;
  };
  stream.on('data', onData);
  stream.once('end', () => resolve(memory.subarray(0, size)));
  stream.once('error', (error) => reject(brokenOff(error)));
  stream.once('close', () => reject(brokenOff(undefined)));
  return promise;
}

function tooLarge(limitBytes: number): AppError {
  return new AppError('body-too-large', `The delivery has more than ${limitBytes} bytes.`, {
    hint: 'End a delivery with the report that reaches 1 MiB.',
  });
}

function brokenOff(cause: unknown): AppError {
  return new AppError('invalid-request', 'The delivery broke off.', {
    hint: 'Send it again; what was taken is not taken twice.',
    cause,
  });
}
