import type { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 4096;

/** Takes the chunks off a body that comes in them (RFC 9112, section 7.1). */
export class ChunkedBody {
  /** The last chunk and what follows it have been read. */
  isOver = false;
  #line = '';
  #remaining = 0;
  #expected: 'size' | 'end of chunk' | 'trailer' = 'size';

  /** The contents within these bytes, as views of them. Throws for what is no chunk. */
  read(bytes: Buffer): readonly Buffer[] {
    const out: Buffer[] = [];
    let at = 0;
    while (at < bytes.length && !this.isOver) {
      if (this.#remaining === 0) {
        at = this.#readLine(bytes, at);
        continue;
      }
      const end = Math.min(bytes.length, at + this.#remaining);
      out.push(bytes.subarray(at, end));
      this.#remaining -= end - at;
      at = end;
    }
    return out;
  }

  /** Returns where the line ends; half of one is kept. */
  #readLine(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    this.#line += bytes.toString('latin1', at, end);
    if (this.#line.length > MAX_LINE_BYTES)
      throw new Error('a line between the chunks of its answer never ends');
    if (newline === -1) return end;
    const line = this.#line.trimEnd();
    this.#line = '';
    this.#pass(line);
    return end;
  }

  #pass(line: string): void {
    if (this.#expected === 'trailer') {
      this.isOver = line === '';
    } else if (this.#expected === 'end of chunk') {
      if (line !== '') throw new Error('a chunk of its answer is longer than it says');
      this.#expected = 'size';
    } else {
      const [, digits] = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
      if (digits === undefined) throw new Error('the size of a chunk of its answer is no number');
      this.#remaining = Number.parseInt(digits, 16);
      this.#expected = this.#remaining === 0 ? 'trailer' : 'end of chunk';
    }
  }
}
