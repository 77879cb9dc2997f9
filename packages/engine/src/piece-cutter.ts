import { Buffer } from 'node:buffer';

/** Below this, memory of its own is cheaper than a block that stays as long as the step. */
const OWN_MEMORY_BYTES = 64 * 1024;

/**
 * Joins what a step has written and cuts it into pieces. Large pieces are laid out in one block of memory again and
 * again: a new one for each keeps the garbage collector of a chatty step busier than all other work on its log.
 */
export class PieceCutter {
  readonly #maxBytes: number;
  #block: Buffer | undefined;

  /** No piece is larger than `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** A piece is good until the next one is asked for. The chunks must not change meanwhile. */
  *cut(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (chunks.length === 1 || bytes < Math.min(OWN_MEMORY_BYTES, this.#maxBytes)) {
      yield* this.#slices(chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks));
    } else yield* this.#blocks(chunks);
  }

  *#slices(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += this.#maxBytes) yield bytes.subarray(at, at + this.#maxBytes);
  }

  *#blocks(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
    this.#block ??= Buffer.allocUnsafeSlow(this.#maxBytes);
    const block = this.#block;
    let filled = 0;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + block.length - filled);
        block.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < block.length) continue;
        yield block;
        filled = 0;
      }
    }
    if (filled > 0) yield block.subarray(0, filled);
  }
}

const NOTHING = new Uint8Array();
