import { plainText } from './ansi.ts';
import type { LogBuffer } from './log-buffer.ts';

/** Bytes of a line that are drawn and searched; the rest is in the download. */
export const MAX_LINE_BYTES = 20_000;

/**
 * What to look for: plain text, or `/pattern/` as a regular expression. Lower-case text ignores case.
 * `undefined` for an empty text; a pattern with a mistake is looked for as plain text.
 */
export function compileSearch(text: string): RegExp | undefined {
  if (text === '') return undefined;
  const flags = text === text.toLowerCase() ? 'iu' : 'u';
  const pattern = /^\/(.+)\/$/.exec(text)?.[1];
  if (pattern !== undefined) {
    try {
      return new RegExp(pattern, flags);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags);
}

/** The lines from `from` up to `to` (exclusive) that match, as numbers from 0. */
export function matchLines(buffer: LogBuffer, pattern: RegExp, from: number, to: number): number[] {
  const found: number[] = [];
  for (let line = from; line < Math.min(to, buffer.lineCount); line += 1) {
    const raw = buffer.line(line, MAX_LINE_BYTES);
    const text = raw.includes('\x1b') || raw.includes('\r') ? plainText(raw) : raw;
    if (pattern.test(text)) found.push(line);
  }
  return found;
}

/** The place in `matches` of the next one after `line`, or before it; wraps round. -1 when there is none. */
export function stepMatch(matches: readonly number[], line: number, direction: 1 | -1): number {
  if (matches.length === 0) return -1;
  if (direction === 1) {
    return Math.max(
      0,
      matches.findIndex((match) => match > line),
    );
  }
  const previous = matches.findLastIndex((match) => match < line);
  return previous === -1 ? matches.length - 1 : previous;
}
