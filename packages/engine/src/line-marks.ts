import { type LogMark, MARK_LINES } from '@sortie/core/log';

const NEWLINE = 0x0a;

/** Notes when the lines of a log began, while its bytes pass by (`@sortie/core/log` says what a mark means). */
export class LineMarks {
  #line = 0;
  #offset = 0;
  #isLineStart = true;
  #marks: LogMark[] = [];
  #markedLine = -MARK_LINES;
  #markedSecond = -1;

  /** `second` counts from the start of the step. */
  add(bytes: Uint8Array, second: number): void {
    if (bytes.length === 0) return;
    if (this.#isLineStart) this.#begin(this.#offset, second);
    const end = bytes.length - 1;
    for (let at = 0; at < end; at += 1) {
      if (bytes[at] !== NEWLINE) continue;
      this.#line += 1;
      this.#begin(this.#offset + at + 1, second);
    }
    this.#isLineStart = bytes[end] === NEWLINE;
    if (this.#isLineStart) this.#line += 1;
    this.#offset += bytes.length;
  }

  /** The marks set since the last call. */
  take(): readonly LogMark[] {
    const marks = this.#marks;
    this.#marks = [];
    return marks;
  }

  #begin(offset: number, second: number): void {
    if (second === this.#markedSecond && this.#line - this.#markedLine < MARK_LINES) return;
    this.#marks.push({ line: this.#line, offset, second });
    this.#markedLine = this.#line;
    this.#markedSecond = second;
  }
}
