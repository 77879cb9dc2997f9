import type { Cursor } from './cursor.ts';

interface Header {
  readonly isFolded: boolean;
  readonly chomping: '+' | '-' | '';
  /** Written indent, relative to the parent; 0 when it is to be found out. */
  readonly indent: number;
}

/** Reads a block scalar (`|` or `>`) whose parent is indented by `parent`. */
export function readBlockText(cursor: Cursor, parent: number): string {
  const header = readHeader(cursor);
  const base = Math.max(parent, 0);
  const blank = { breaks: 0 };
  const indent = header.indent > 0 ? base + header.indent : findIndent(cursor, blank, base + 1);
  if (header.indent > 0) skipEmptyLines(cursor, blank, indent);
  const parts: string[] = [];
  let lineBreak = '';
  let wasIndented = false;
  while (cursor.column === indent && !cursor.isAtEnd && !isMarkerAt(cursor, indent)) {
    const isIndented = cursor.peek() === ' ' || cursor.peek() === '\t';
    const isFoldable = header.isFolded && lineBreak !== '' && !wasIndented && !isIndented;
    if (isFoldable) parts.push(blank.breaks === 0 ? ' ' : '');
    else parts.push(lineBreak);
    parts.push('\n'.repeat(blank.breaks), readLine(cursor));
    wasIndented = isIndented;
    lineBreak = cursor.peek() === '\n' ? '\n' : '';
    if (lineBreak !== '') cursor.skip();
    blank.breaks = 0;
    skipEmptyLines(cursor, blank, indent);
  }
  if (header.chomping !== '-') parts.push(lineBreak);
  if (header.chomping === '+') parts.push('\n'.repeat(blank.breaks));
  return parts.join('');
}

function isMarkerAt(cursor: Cursor, indent: number): boolean {
  return indent === 0 && cursor.isAtMarker();
}

function readHeader(cursor: Cursor): Header {
  const isFolded = cursor.peek() === '>';
  const match = /^(?:([+-])([1-9])?|([1-9])([+-])?)?/.exec(cursor.text.slice(cursor.at + 1, cursor.at + 3));
  const [all = '', first, second, third, fourth] = match ?? [];
  cursor.skip(1 + all.length);
  const start = cursor.at;
  cursor.skipSpaces();
  if (cursor.peek() === '#' && cursor.at > start)
    while (!cursor.isAtEnd && cursor.peek() !== '\n') cursor.skip();
  if (cursor.peek() !== '\n' && !cursor.isAtEnd)
    cursor.fail('Nothing but a comment may follow the head of a block text.');
  if (!cursor.isAtEnd) cursor.skip();
  const chomping = (first ?? fourth ?? '') as Header['chomping'];
  return { isFolded, chomping, indent: Number(second ?? third ?? 0) };
}

/** Skips empty lines and stops at the first text; its column is the indent. */
function findIndent(cursor: Cursor, blank: { breaks: number }, least: number): number {
  let widest = 0;
  for (;;) {
    while (cursor.peek() === ' ') cursor.skip();
    widest = Math.max(widest, cursor.column);
    if (cursor.peek() === '\t' && cursor.column < least)
      cursor.fail('A tab cannot indent a line; use spaces.');
    if (cursor.peek() !== '\n') return Math.max(widest, least);
    cursor.skip();
    blank.breaks++;
  }
}

/** Skips empty lines, counting them, and the indent of the line after them. */
function skipEmptyLines(cursor: Cursor, blank: { breaks: number }, indent: number): void {
  for (;;) {
    while (cursor.column < indent && cursor.peek() === ' ') cursor.skip();
    if (cursor.peek() !== '\n') return;
    cursor.skip();
    blank.breaks++;
  }
}

function readLine(cursor: Cursor): string {
  const end = cursor.text.indexOf('\n', cursor.at);
  const line = cursor.text.slice(cursor.at, end === -1 ? cursor.text.length : end);
  cursor.skip(line.length);
  return line;
}
