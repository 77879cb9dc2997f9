import { Buffer } from 'node:buffer';

/** What a log may hold when nobody says otherwise. */
export const DEFAULT_LOG_LIMIT_BYTES = 100 * 1024 * 1024;

const MAX_TAIL_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Bounds one log: the beginning passes, then only the end is kept, in memory of fixed size. `close` gives the end
 * out, after a line that says how many bytes are missing when any are. The end of a failed build is what people
 * read, and the beginning is what they compare.
 */
export class LogLimit {
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #passed = 0;
  #endsLine = true;
  /** A ring: the next byte goes to `#kept % #tailBytes`. */
  #ring: Buffer | undefined;
  #kept = 0;

  constructor(limitBytes: number) {
    this.#tailBytes = Math.max(1, Math.min(MAX_TAIL_BYTES, Math.floor(limitBytes / 4)));
    this.#headBytes = Math.max(0, limitBytes - this.#tailBytes);
  }

  /** The part of `bytes` that passes; empty beyond the limit. */
  write(bytes: Uint8Array): Uint8Array {
    const room = this.#headBytes - this.#passed;
    if (bytes.length > room) this.#keep(bytes.subarray(Math.max(0, room)));
    const head = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#passed += head.length;
    if (head.length > 0) this.#endsLine = head.at(-1) === NEWLINE;
    return head;
  }

  /** What follows the beginning: nothing, or the end of the log, marked when bytes are missing before it. */
  close(): readonly Uint8Array[] {
    const ring = this.#ring;
    if (ring === undefined) return [];
    if (this.#kept <= ring.length) return [ring.subarray(0, this.#kept)];
    const cut = this.#kept % ring.length;
    const end = Buffer.concat([ring.subarray(cut), ring.subarray(0, cut)]);
    // The end begins with a whole line where there is one.
    const tail = end.subarray(end.indexOf(NEWLINE) + 1);
    return [Buffer.from(this.#marker(this.#kept - tail.length)), tail];
  }

  #marker(missingBytes: number): string {
    return `${this.#endsLine ? '' : '\n'}[sortie: ${missingBytes} bytes left out, the log is over its limit]\n`;
  }

  #keep(bytes: Uint8Array): void {
    this.#ring ??= Buffer.alloc(this.#tailBytes);
    const size = this.#ring.length;
    // Only the last `size` bytes can survive, but the position moves over all of them.
    const last = bytes.length > size ? bytes.subarray(bytes.length - size) : bytes;
    const at = (this.#kept + bytes.length - last.length) % size;
    const first = last.subarray(0, size - at);
    this.#ring.set(first, at);
    this.#ring.set(last.subarray(first.length), 0);
    this.#kept += bytes.length;
  }
}
