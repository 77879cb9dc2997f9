import { type AnsiStyle, PLAIN, parseAnsi } from './ansi.ts';
import { colorsOf, type Theme } from './color.ts';
import type { LogBuffer } from './log-buffer.ts';
import { MAX_LINE_BYTES } from './log-search.ts';

/** A piece of a drawn line. */
export interface RowPart {
  readonly text: string;
  /** Address to open; http and https only. */
  readonly href: string | undefined;
  readonly isMatch: boolean;
  readonly style: AnsiStyle;
  readonly colors: { readonly color?: string; readonly backgroundColor?: string };
}

export interface Row {
  /** From 0. */
  readonly line: number;
  readonly parts: readonly RowPart[];
  /** A shell trace (`+ command`): the headings of a log. */
  readonly isCommand: boolean;
  /** Bytes that were left out of a very long line. */
  readonly hiddenBytes: number;
}

/** How far back a colour is looked for that goes on from an earlier line. */
const LOOK_BACK = 200;

/** The lines from `first` to `last` (exclusive) ready to be drawn. */
export function rowsOf(
  buffer: LogBuffer,
  first: number,
  last: number,
  options: { readonly theme: Theme; readonly pattern: RegExp | undefined },
): readonly Row[] {
  const rows: Row[] = [];
  let style = PLAIN;
  for (let line = Math.max(0, first - LOOK_BACK); line < Math.min(last, buffer.lineCount); line += 1) {
    const raw = buffer.line(line, MAX_LINE_BYTES);
    if (line < first && !raw.includes('\x1b')) continue;
    const parsed = parseAnsi(raw, style);
    style = parsed.style;
    if (line < first) continue;
    rows.push({
      line,
      parts: parsed.segments.flatMap((segment) => splitLinks(segment.text, segment.style, options)),
      isCommand: raw.startsWith('+ '),
      hiddenBytes: Math.max(0, buffer.lineLength(line) - MAX_LINE_BYTES),
    });
  }
  return rows;
}

const ADDRESS = /https?:\/\/[^\s"'<>\\^`{|}]+[^\s"'<>\\^`{|}.,;:!?)\]]/g;

function splitLinks(
  text: string,
  style: AnsiStyle,
  options: { readonly theme: Theme; readonly pattern: RegExp | undefined },
): RowPart[] {
  const colors = colorsOf(style, options.theme);
  const part = (piece: string, href: string | undefined) =>
    splitMatches(piece, options.pattern).map(([content, isMatch]) => ({
      text: content,
      href,
      isMatch,
      style,
      colors,
    }));
  if (style.link !== '') return part(text, style.link);
  const parts: RowPart[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    if (match.index > at) parts.push(...part(text.slice(at, match.index), undefined));
    parts.push(...part(match[0], match[0]));
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(...part(text.slice(at), undefined));
  return parts;
}

function splitMatches(text: string, pattern: RegExp | undefined): [string, boolean][] {
  if (pattern === undefined) return [[text, false]];
  const parts: [string, boolean][] = [];
  let at = 0;
  for (const match of text.matchAll(new RegExp(pattern.source, `${pattern.flags}g`))) {
    if (match[0] === '') continue;
    if (match.index > at) parts.push([text.slice(at, match.index), false]);
    parts.push([match[0], true]);
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push([text.slice(at), false]);
  return parts;
}
