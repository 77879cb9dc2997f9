import { Buffer } from 'node:buffer';

/** What a step that writes little needs. */
const FIRST_BYTES = 8 * 1024;

/** One block is filled while another is on its way; more were needed for a burst only. */
const MAX_SPARES = 2;

/** Bytes that have been taken out. */
export interface Block {
  /** Where they are, from the beginning. */
  readonly memory: Buffer;
  readonly length: number;
}

/**
 * Copies of what a step has written and nobody has taken yet, in blocks of memory that are used again and again: new
 * memory for each keeps the garbage collector of a chatty step busier than all other work on its log. A block begins
 * small, and is doubled when it is full.
 */
export class PieceBlocks {
  readonly #maxBytes: number;
  #full: Block[] = [];
  #open: Buffer | undefined;
  /** Bytes in the open block. */
  #filled = 0;
  #bytes = 0;
  /** In order of size. */
  #spares: Buffer[] = [];

  /** No block holds more than `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How much waits. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory that is kept and not used. */
  get spareBytes(): number {
    return this.#spares.reduce((sum, { length }) => sum + length, 0);
  }

  /** The bytes are copied at once. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const block = this.#withRoom(bytes.length - at);
      const part = bytes.subarray(at, at + block.length - this.#filled);
      block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#maxBytes) this.#finish();
    }
    this.#bytes += bytes.length;
  }

  /** All that waits: blocks of `maxBytes`, and what is left. They stay as they are until `giveBack`. */
  take(): readonly Block[] {
    this.#finish();
    const blocks = this.#full;
    this.#full = [];
    this.#bytes = 0;
    return blocks;
  }

  /** Nobody reads the block any more. */
  giveBack({ memory }: Block): void {
    this.#spares = [...this.#spares, memory]
      .sort((one, other) => one.length - other.length)
      .slice(-MAX_SPARES);
  }

  /** Lets go of the memory that is not used. */
  release(): void {
    this.#spares = [];
  }

  #finish(): void {
    if (this.#open === undefined || this.#filled === 0) return;
    this.#full.push({ memory: this.#open, length: this.#filled });
    this.#open = undefined;
    this.#filled = 0;
  }

  /** The open block, with room for so many bytes more or as large as a block can be. */
  #withRoom(wanted: number): Buffer {
    const bytes = Math.min(this.#filled + wanted, this.#maxBytes);
    const old = this.#open;
    if (old !== undefined && old.length >= bytes) return old;
    const block = this.#spare(bytes) ?? Buffer.allocUnsafeSlow(sizeFor(bytes, this.#maxBytes));
    if (old !== undefined) block.set(old.subarray(0, this.#filled));
    this.#open = block;
    return block;
  }

  /** The smallest that is large enough. */
  #spare(bytes: number): Buffer | undefined {
    const found = this.#spares.find(({ length }) => length >= bytes);
    this.#spares = this.#spares.filter((spare) => spare !== found);
    return found;
  }
}

function sizeFor(bytes: number, maxBytes: number): number {
  let size = FIRST_BYTES;
  while (size < bytes) size *= 2;
  return Math.min(size, maxBytes);
}
