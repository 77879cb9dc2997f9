import { Buffer } from 'node:buffer';
import type { EndMarks } from './end-mark.ts';

const HEADER_BYTES = 8;
const NOTHING = Buffer.alloc(0);

/**
 * Takes the frames off an attached stream of Docker: eight bytes of header, of which the first is the number of the
 * stream and the last four are the length, then so many bytes of output. Gives the contents on as parts of what came
 * in, without copies and without the marks of an end.
 */
export class FrameReader {
  readonly #marks: EndMarks | undefined;
  #header: Buffer = NOTHING;
  #stream = 0;
  #remaining = 0;

  constructor(marks?: EndMarks) {
    this.#marks = marks;
  }

  /** The output within this chunk, in order. */
  read(chunk: Buffer): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining === 0) {
        at = this.#readHeader(chunk, at);
        continue;
      }
      const end = Math.min(chunk.length, at + this.#remaining);
      const part = chunk.subarray(at, end);
      if (this.#marks === undefined) out.push(part);
      else this.#marks.pass(this.#stream, part, out);
      this.#remaining -= end - at;
      at = end;
    }
    return out;
  }

  /** Returns where the header ends; with half of a header it is kept for the next chunk. */
  #readHeader(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + HEADER_BYTES - this.#header.length);
    const part = chunk.subarray(at, end);
    const header = this.#header.length === 0 ? part : Buffer.concat([this.#header, part]);
    if (header.length < HEADER_BYTES) {
      this.#header = Buffer.from(header);
      return end;
    }
    this.#header = NOTHING;
    this.#stream = header.readUInt8(0);
    this.#remaining = header.readUInt32BE(4);
    return end;
  }
}
