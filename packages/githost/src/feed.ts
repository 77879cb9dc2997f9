import type { Writable } from 'node:stream';
import type { ByteReader } from './byte-reader.ts';

export interface Feed {
  /** Bytes taken from the client after the head, sent or thrown away. */
  readonly takenBytes: number;
  /** `too-large` when the client went on after `maxBytes`. Rejects when the client breaks off. */
  readonly done: Promise<'sent' | 'too-large'>;
}

/**
 * Hands a request body to a git child. When the child has closed its end, the rest is read and thrown away: a
 * client that still sends would not see the answer.
 */
export function startFeed(stdin: Writable, reader: ByteReader, head: Buffer, maxBytes: number): Feed {
  let takenBytes = 0;
  async function run(): Promise<'sent' | 'too-large'> {
    await write(stdin, head);
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      takenBytes += chunk.length;
      if (takenBytes > maxBytes) return 'too-large';
      await write(stdin, chunk);
    }
    if (stdin.writable) stdin.end();
    return 'sent';
  }
  return {
    get takenBytes() {
      return takenBytes;
    },
    done: run(),
  };
}

function write(stdin: Writable, chunk: Buffer): Promise<void> | undefined {
  if (!stdin.writable || chunk.length === 0 || stdin.write(chunk)) return undefined;
  return new Promise((resolve) => {
    const goOn = (): void => {
      stdin.off('drain', goOn).off('close', goOn);
      resolve();
    };
    stdin.once('drain', goOn).once('close', goOn);
  });
}
