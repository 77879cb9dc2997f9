import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';

/** Stands in no text that people write, and in a mark only at its beginning. */
const FIRST_BYTE = 0x1e;
const STREAMS = { stdout: 1, stderr: 2 } as const;

/**
 * The line with which the shell around the script of a step says on both of its streams that the script has ended with
 * 0 and that nothing runs in the container any more. The daemon tells of the same end a twentieth of a second later,
 * when it has taken the container down. Nobody else knows the line: it comes over the input of the container, and is
 * in neither arguments nor environment. A step that finds it out, in the memory of the shell, says no more with it than
 * with `exit 0`, and is held to it: what it writes after that is thrown away, and it is killed.
 */
export class EndMarks {
  /** What the shell has to say, without the end of the line. */
  readonly text = `${String.fromCharCode(FIRST_BYTE)}sortie-end-${randomBytes(16).toString('hex')}`;
  readonly #streams: ReadonlyMap<number, MarkedStream>;

  constructor() {
    const line = Buffer.from(`${this.text}\n`);
    this.#streams = new Map(Object.values(STREAMS).map((stream) => [stream, new MarkedStream(line)]));
  }

  /** True when both streams have come to their ends. */
  get areSeen(): boolean {
    return [...this.#streams.values()].every(({ isSeen }) => isSeen);
  }

  /** Adds to `out` what the bytes of this stream (its number in Docker's frames) are without the mark. */
  pass(stream: number, bytes: Buffer, out: Uint8Array[]): void {
    const marked = this.#streams.get(stream);
    if (marked === undefined) out.push(bytes);
    else marked.pass(bytes, out);
  }

  /** What was held because it could have become a mark; after the last bytes. */
  rest(): readonly Uint8Array[] {
    if (this.areSeen) return [];
    return [...this.#streams.values()].flatMap((stream) => stream.rest());
  }
}

/** One stream, cut anywhere, whose mark is taken out of it. */
class MarkedStream {
  readonly #line: Buffer;
  /** So many bytes at the end of what came are the beginning of a mark and are not given on yet. */
  #held = 0;
  isSeen = false;

  constructor(line: Buffer) {
    this.#line = line;
  }

  pass(bytes: Buffer, out: Uint8Array[]): void {
    let from = this.#held > 0 ? this.#goOn(bytes, out) : 0;
    let given = from;
    while (from < bytes.length) {
      const at = bytes.indexOf(FIRST_BYTE, from);
      if (at === -1) break;
      const length = Math.min(this.#line.length, bytes.length - at);
      from = at + 1;
      if (bytes.compare(this.#line, 0, length, at, at + length) !== 0) continue;
      if (at > given) out.push(bytes.subarray(given, at));
      given = at + length;
      from = given;
      this.#hold(length);
    }
    if (given < bytes.length) out.push(bytes.subarray(given));
  }

  rest(): readonly Uint8Array[] {
    const held = this.#line.subarray(0, this.#held);
    this.#held = 0;
    return held.length === 0 ? [] : [held];
  }

  /** Compares with what is missing of the mark; returns where to go on. A mark does not contain its first byte again. */
  #goOn(bytes: Buffer, out: Uint8Array[]): number {
    const length = Math.min(this.#line.length - this.#held, bytes.length);
    if (bytes.compare(this.#line, this.#held, this.#held + length, 0, length) !== 0) {
      out.push(...this.rest());
      return 0;
    }
    this.#hold(this.#held + length);
    return length;
  }

  #hold(length: number): void {
    const isWhole = length === this.#line.length;
    this.#held = isWhole ? 0 : length;
    this.isSeen ||= isWhole;
  }
}
