const BLOCK_BITS = 16;
const BLOCK_SIZE = 1 << BLOCK_BITS;
const NEWLINE = 10;

/**
 * A log as bytes with the place where each line starts. Nothing is decoded until it is looked at, so a million
 * lines cost their bytes and four more each. Appending never copies what is there.
 */
export class LogBuffer {
  readonly #blocks: Uint8Array[] = [];
  readonly #decoder = new TextDecoder();
  #starts = new Uint32Array(1024);
  #breaks = 0;
  #size = 0;

  /** Bytes held. */
  get size(): number {
    return this.#size;
  }

  /** Lines, a last one without newline included. */
  get lineCount(): number {
    return this.#size > (this.#starts[this.#breaks] ?? 0) ? this.#breaks + 1 : this.#breaks;
  }

  append(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      this.#addStart(this.#size + at + 1);
    }
    for (let at = 0; at < bytes.length; ) {
      const offset = this.#size & (BLOCK_SIZE - 1);
      if (offset === 0) this.#blocks.push(new Uint8Array(BLOCK_SIZE));
      const piece = bytes.subarray(at, at + BLOCK_SIZE - offset);
      this.#blocks.at(-1)?.set(piece, offset);
      at += piece.length;
      this.#size += piece.length;
    }
  }

  /** Bytes of a line without its newline. */
  lineLength(line: number): number {
    const start = this.#starts[line] ?? 0;
    if (line >= this.lineCount) return 0;
    return line < this.#breaks ? (this.#starts[line + 1] ?? 0) - 1 - start : this.#size - start;
  }

  /** The text of a line from 0, without its newline, cut after `maxBytes`. Broken UTF-8 shows as U+FFFD. */
  line(line: number, maxBytes = Number.POSITIVE_INFINITY): string {
    const length = Math.min(this.lineLength(line), maxBytes);
    return this.#decoder.decode(this.#read(this.#starts[line] ?? 0, length));
  }

  #read(start: number, length: number): Uint8Array {
    const block = this.#blocks[start >>> BLOCK_BITS];
    const offset = start & (BLOCK_SIZE - 1);
    if (block === undefined || length <= 0) return new Uint8Array();
    if (offset + length <= BLOCK_SIZE) return block.subarray(offset, offset + length);
    const copy = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const from = (start + at) & (BLOCK_SIZE - 1);
      const piece = this.#blocks[(start + at) >>> BLOCK_BITS]?.subarray(from, from + length - at);
      if (piece === undefined) break;
      copy.set(piece, at);
      at += piece.length;
    }
    return copy;
  }

  #addStart(offset: number): void {
    this.#breaks += 1;
    if (this.#breaks === this.#starts.length) {
      const larger = new Uint32Array(this.#starts.length * 2);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    this.#starts[this.#breaks] = offset;
  }
}

/** The bytes up to and including the last newline: what is certain of a log that still grows. */
export function wholeLines(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
}
