import { plainText } from './ansi.ts';
import type { LogBuffer } from './log-buffer.ts';
import { MAX_LINE_BYTES } from './log-search.ts';

/**
 * How many rows each line of a wrapped log takes, for scrolling. The result has one entry more than lines: the
 * rows before each line and, last, of all. Continues from `known`, which must come from the same width.
 */
export function wrapRows(buffer: LogBuffer, columns: number, known?: Uint32Array): Uint32Array {
  const count = buffer.lineCount;
  const rows = new Uint32Array(count + 1);
  // The last line may have grown since, so it is measured again.
  const done = known === undefined ? 0 : Math.max(0, Math.min(known.length - 2, count));
  if (known !== undefined) rows.set(known.subarray(0, done + 1));
  for (let line = done; line < count; line += 1) {
    rows[line + 1] = (rows[line] ?? 0) + Math.max(1, Math.ceil(cellsOf(buffer, line) / Math.max(1, columns)));
  }
  return rows;
}

/** Bytes are a fair count of cells for short lines; only what could wrap is looked at closely. */
function cellsOf(buffer: LogBuffer, line: number): number {
  const length = Math.min(buffer.lineLength(line), MAX_LINE_BYTES);
  return length < 60 ? length : plainText(buffer.line(line, MAX_LINE_BYTES)).length;
}
