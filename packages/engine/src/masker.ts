import { Buffer } from 'node:buffer';
import { MASK, type MaskIndex } from './mask-index.ts';

const MASK_BYTES = Buffer.from(MASK);
const NOTHING = Buffer.alloc(0);
/** What a step writes at once is rarely more. */
const MAX_ROOM_BYTES = 128 * 1024;

/**
 * Replaces secrets in a stream of bytes, wherever the stream is cut. Overlapping secrets go under one mask, so
 * that no part of either is left. Bytes at the end that may be the beginning of a secret are held until the next
 * `write` or `flush`; even after a `flush` the rest of a secret that has been shown in part is masked.
 */
export class Masker {
  readonly #index: MaskIndex;
  /** The bytes at the end of the stream that matter for what comes next. */
  #carry: Buffer = NOTHING;
  /** Where carry and chunk are put together: new memory for each would cost more than the search. */
  #room: Buffer = NOTHING;
  /** So many bytes of the carry have been given out, as they were or as a mask. */
  #given = 0;
  /** So many bytes of the carry belong to a mask that has been given out. */
  #masked = 0;

  constructor(index: MaskIndex) {
    this.#index = index;
  }

  /** True while bytes are held back. */
  get isHolding(): boolean {
    return this.#given < this.#carry.length;
  }

  /**
   * What may be shown now, good until the next call and only as long as `bytes` are: mostly it is parts of them. What is
   * held is a copy.
   */
  write(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#index.isEmpty) return [bytes];
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#pass(this.#carry.length === 0 ? chunk : this.#join(chunk));
  }

  /** Gives out what is held: it did not become a secret in time, or the stream has ended. */
  flush(): readonly Uint8Array[] {
    return this.isHolding ? this.#pass(this.#carry, true) : [];
  }

  #join(chunk: Buffer): Buffer {
    const length = this.#carry.length + chunk.length;
    if (length > MAX_ROOM_BYTES) return Buffer.concat([this.#carry, chunk]);
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)));
    this.#room.set(this.#carry);
    this.#room.set(chunk, this.#carry.length);
    return this.#room.subarray(0, length);
  }

  /** Gives out `data` up to where a secret may begin, or all of it; keeps the rest and how much of it is out. */
  #pass(data: Buffer, isFlush = false): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    const open = this.#index.openEnd(data);
    const end = isFlush ? data.length : open;
    let given = this.#given;
    let masked = this.#masked;
    this.#index.search(data, (start, stop) => {
      // What begins within the held bytes is found again when they are complete.
      if (start > end) return;
      if (start >= masked) {
        if (start > given) out.push(data.subarray(given, start));
        out.push(MASK_BYTES);
      }
      masked = Math.max(masked, stop);
      given = Math.max(given, masked);
    });
    if (end > given) {
      out.push(data.subarray(given, end));
      given = end;
    }
    // A copy, because the memory of what was written is used again.
    this.#carry = open === data.length ? NOTHING : Buffer.from(data.subarray(open));
    this.#given = Math.max(0, given - open);
    this.#masked = Math.max(0, masked - open);
    return out;
  }
}

/** A short text, such as an error message, with its secrets masked. */
export function maskText(index: MaskIndex, text: string): string {
  if (index.isEmpty) return text;
  const masker = new Masker(index);
  return Buffer.concat([...masker.write(Buffer.from(text)), ...masker.flush()]).toString();
}
