import { type LogMark, MARK_LINES } from '@sortie/core/log';

/** How far a log has been read through: enough to go on at its end. */
export interface LineState {
  /** Complete lines. */
  readonly lines: number;
  /** Byte at which the line after them starts. */
  readonly lineStart: number;
  /** Second of the newest mark; never goes back. */
  readonly second: number;
  /** Line of the newest mark; -1 without one. */
  readonly markedLine: number;
}

export const FIRST_LINE: LineState = { lines: 0, lineStart: 0, second: 0, markedLine: -1 };

/** Seconds beyond this are nonsense, and each new second costs an index record. */
const MAX_SECOND = 31 * 24 * 3600;
const NEWLINE = 10;

/**
 * Counts the lines of `bytes`, which begin at byte `offset` of the log, and finds the marks to keep: where the
 * given ones say that a new second begins, and at least every `MARK_LINES` lines. Given marks are believed about
 * seconds only, since a runner may send anything; line numbers are counted here.
 */
export function countLines(
  state: LineState,
  input: { readonly offset: number; readonly bytes: Uint8Array; readonly marks: readonly LogMark[] },
): { readonly state: LineState; readonly marks: readonly LogMark[] } {
  const { offset, bytes, marks: given } = input;
  const end = offset + bytes.length;
  const marks: LogMark[] = [];
  let { lines, lineStart, second, markedLine } = state;
  let next = 0;
  for (;;) {
    if (lineStart >= offset && lineStart < end) {
      let mark = given[next];
      while (mark !== undefined && mark.offset < lineStart) mark = given[++next];
      const claimed = mark?.offset === lineStart ? toSecond(mark.second) : second;
      if (claimed > second || markedLine < 0 || lines - markedLine >= MARK_LINES) {
        second = Math.max(second, claimed);
        markedLine = lines;
        marks.push({ line: lines, offset: lineStart, second });
      }
    }
    const at = bytes.indexOf(NEWLINE, Math.max(0, lineStart - offset));
    if (at < 0) break;
    lines += 1;
    lineStart = offset + at + 1;
  }
  return { state: { lines, lineStart, second, markedLine }, marks };
}

function toSecond(value: number): number {
  return Number.isSafeInteger(value) ? Math.min(Math.max(value, 0), MAX_SECOND) : 0;
}
