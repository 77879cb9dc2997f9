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
    const end = bytes.length - 1;
    let due = second === this.#markedSecond ? this.#markedLine + MARK_LINES : this.#line;
    if (this.#isLineStart && this.#line >= due) due = this.#mark(this.#offset, second);
    for (let at = 0; at < end; ) {
      // One line at least: where none begins, there is nothing to mark either.
      const passed = passLines(bytes, { from: at, end, most: Math.max(1, due - this.#line) });
      at = passed.at;
      this.#line += passed.lines;
      if (passed.lines > 0 && this.#line >= due) due = this.#mark(this.#offset + at, second);
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

  /** Returns the line that needs the next mark, unless a new second comes first. */
  #mark(offset: number, second: number): number {
    this.#marks.push({ line: this.#line, offset, second });
    this.#markedLine = this.#line;
    this.#markedSecond = second;
    return this.#line + MARK_LINES;
  }
}

/**
 * Goes on behind the next `most` newlines, or to `end`. It looks at every byte of every log, so it calls nothing:
 * that makes it three times as fast. `indexOf` would take a quarter less for lines of 70 bytes and ten times as much
 * for those of 3.
 */
function passLines(
  bytes: Uint8Array,
  { from, end, most }: { readonly from: number; readonly end: number; readonly most: number },
): { readonly at: number; readonly lines: number } {
  let left = most;
  let at = from;
  for (; at < end; at += 1) {
    if (bytes[at] !== NEWLINE) continue;
    left -= 1;
    if (left > 0) continue;
    at += 1;
    break;
  }
  return { at, lines: most - left };
}
