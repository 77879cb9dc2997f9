import { AppError } from '@sortie/core/errors';

/** Elements are parsed together up to so many bytes: few calls of the parser, little memory. */
const GROUP_BYTES = 64 * 1024;
/** One line of 5 MiB, the most that an official runner can send, takes 30 MiB when every byte is escaped. */
const MAX_ELEMENT_BYTES = 40 * 2 ** 20;
/** A line is a flat object; unknown members may hold a little more. */
const MAX_DEPTH = 16;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Splits the text of a JSON array, which arrives in pieces, into groups of elements. It only looks for the commas
 * between elements; what stands between them is judged by the JSON parser. `null` counts as an empty array. Everything
 * throws `invalid-request`.
 */
export class ArraySplitter {
  readonly #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #state: 'before' | 'null' | 'within' | 'after' = 'before';
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #hasGroups = false;

  /** The elements that are complete with this chunk, in groups. */
  write(chunk: Uint8Array): readonly (readonly unknown[])[] {
    const groups: (readonly unknown[])[] = [];
    let at = this.#state === 'before' ? this.#begin(chunk) : 0;
    if (this.#state === 'null') {
      this.#keep(chunk.subarray(at));
      if (this.#pendingBytes > GROUP_BYTES) throw invalid('The body is no array.');
      return groups;
    }
    if (this.#state === 'within') at = this.#scan(chunk, at, groups);
    if (this.#state === 'after' && !chunk.subarray(at).every(isSpace))
      throw invalid('Something follows the array.');
    return groups.filter((group) => group.length > 0);
  }

  /** Throws when the text is not complete. */
  end(): void {
    if (this.#state === 'within' || this.#state === 'before') throw invalid('The body ends too early.');
    if (this.#state === 'null' && parse(this.#takeText()) !== null) throw invalid('The body is no array.');
  }

  #begin(chunk: Uint8Array): number {
    const at = chunk.findIndex((byte) => !isSpace(byte));
    if (at === -1) return chunk.length;
    this.#state = chunk[at] === OPEN_ARRAY ? 'within' : 'null';
    this.#depth = 1;
    return this.#state === 'within' ? at + 1 : at;
  }

  /** Goes through elements from `from` on; returns where the array ended, or the end of the chunk. */
  #scan(chunk: Uint8Array, from: number, groups: (readonly unknown[])[]): number {
    let start = from;
    let at = from;
    while (at < chunk.length) {
      if (this.#isString) {
        at = this.#skipString(chunk, at);
        continue;
      }
      const byte = chunk[at++];
      if (byte === QUOTE) this.#isString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open();
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#keep(chunk.subarray(start, at - 1));
        groups.push(this.#takeLast(byte));
        return at;
      } else if (byte === COMMA && this.#depth === 1 && this.#pendingBytes + at - start > GROUP_BYTES) {
        this.#keep(chunk.subarray(start, at - 1));
        groups.push(this.#takeGroup(false));
        start = at;
      }
    }
    this.#keep(chunk.subarray(start));
    return at;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw invalid('The body is nested too deeply.');
  }

  /** Reads up to the end of a string; returns the position after it, or the end of the chunk. */
  #skipString(chunk: Uint8Array, from: number): number {
    let at = from;
    let isEscaped = this.#isEscaped;
    while (at < chunk.length && this.#isString) {
      const byte = chunk[at++];
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) this.#isString = false;
    }
    this.#isEscaped = isEscaped;
    return at;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > MAX_ELEMENT_BYTES) throw invalid('A line of the log is too long.');
    // A copy, since the chunk may be a view of a buffer that is used again.
    this.#pending.push(Buffer.from(bytes));
  }

  #takeText(): string {
    const bytes = Buffer.concat(this.#pending.splice(0));
    this.#pendingBytes = 0;
    return decode(bytes);
  }

  #takeLast(bracket: number): readonly unknown[] {
    if (bracket === CLOSE_OBJECT) throw invalid('The body is not JSON.');
    this.#state = 'after';
    return this.#takeGroup(true);
  }

  #takeGroup(isLast: boolean): readonly unknown[] {
    const elements = parse(`[${this.#takeText()}]`);
    // An empty array is fine, an empty place between or after commas is not.
    if (elements.length === 0 && (this.#hasGroups || !isLast)) throw invalid('An element is missing.');
    this.#hasGroups = true;
    return elements;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid('The body is not UTF-8.', error);
  }
}

function parse(text: string): unknown[] {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('The body is not JSON.', error);
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('invalid-request', message, { hint: 'Send null or an array of lines.', cause });
}
