import type { Cursor } from './cursor.ts';

/** Reads a plain scalar. It goes on in following lines that are indented by more than `indent`. */
export function readPlain(cursor: Cursor, indent: number, isInFlow: boolean): string {
  const parts: string[] = [];
  for (;;) {
    const start = cursor.at;
    const end = skipPlainLine(cursor, isInFlow);
    parts.push(cursor.text.slice(start, end));
    const breaks = skipBreaks(cursor, end, indent, isInFlow);
    if (breaks === 0 || isPlainEnd(cursor, isInFlow)) return parts.join('');
    parts.push(breaks === 1 ? ' ' : '\n'.repeat(breaks - 1));
  }
}

/** Moves to the end of the text in this line; returns where the text ends, before trailing blanks. */
function skipPlainLine(cursor: Cursor, isInFlow: boolean): number {
  let end = cursor.at;
  while (!cursor.isAtEnd && cursor.peek() !== '\n') {
    if (cursor.isAtIndicator(':') || (isInFlow && ',?[]{}'.includes(cursor.peek()))) break;
    if (cursor.peek() === '#' && (cursor.peek(-1) === ' ' || cursor.peek(-1) === '\t')) break;
    const isSpace = cursor.peek() === ' ' || cursor.peek() === '\t';
    cursor.skip();
    if (!isSpace) end = cursor.at;
  }
  return end;
}

/** After the text of a line: moves to the next text if it may belong to the scalar; returns the breaks between. */
function skipBreaks(cursor: Cursor, end: number, indent: number, isInFlow: boolean): number {
  if (cursor.peek() !== '\n') {
    if (cursor.peek() !== '#') cursor.at = end;
    return 0;
  }
  let breaks = 0;
  while (cursor.peek() === '\n') {
    cursor.skip();
    breaks++;
    while (cursor.peek() === ' ' || cursor.peek() === '\t') {
      if (cursor.peek() === '\t' && cursor.column <= indent)
        cursor.fail('A tab cannot indent a line; use spaces.');
      cursor.skip();
    }
  }
  return isInFlow || cursor.column > indent ? breaks : 0;
}

function isPlainEnd(cursor: Cursor, isInFlow: boolean): boolean {
  if (cursor.isAtEnd || cursor.isAtMarker() || cursor.peek() === '#') return true;
  return cursor.isAtIndicator(':') || (isInFlow && ',?[]{}'.includes(cursor.peek()));
}

/** Reads `'…'`: a doubled quote is a quote, lines are folded. */
export function readSingleQuoted(cursor: Cursor): string {
  return readQuoted(cursor, "'", () => {
    if (cursor.peek(1) !== "'") return undefined;
    cursor.skip(2);
    return "'";
  });
}

/** Reads `"…"` with its escapes; lines are folded. */
export function readDoubleQuoted(cursor: Cursor): string {
  return readQuoted(cursor, '"', () => undefined);
}

function readQuoted(cursor: Cursor, quote: string, doubled: () => string | undefined): string {
  const parts: string[] = [];
  cursor.skip();
  for (;;) {
    const char = cursor.peek();
    if (cursor.isAtEnd) cursor.fail(`The quoted text has no end; close it with ${quote}.`);
    if (cursor.isAtMarker()) cursor.fail('A document ends inside a quoted text.');
    if (char === quote) {
      const text = doubled();
      if (text === undefined) break;
      parts.push(text);
    } else if (char === '\\' && quote === '"') parts.push(readEscape(cursor));
    else if (char === ' ' || char === '\t' || char === '\n') parts.push(foldBlanks(cursor));
    else {
      parts.push(char);
      cursor.skip();
    }
  }
  cursor.skip();
  return parts.join('');
}

/** Blanks stay; around line breaks they go, one break becomes a space, more lose one. */
function foldBlanks(cursor: Cursor): string {
  const start = cursor.at;
  cursor.skipSpaces();
  if (cursor.peek() !== '\n') return cursor.text.slice(start, cursor.at);
  const breaks = countBreaks(cursor);
  return breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
}

function countBreaks(cursor: Cursor): number {
  let breaks = 0;
  while (cursor.peek() === '\n') {
    cursor.skip();
    breaks++;
    if (cursor.isAtMarker()) return breaks;
    cursor.skipSpaces();
  }
  return breaks;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function readEscape(cursor: Cursor): string {
  const letter = cursor.peek(1);
  if (letter === '\n') {
    cursor.skip();
    const breaks = countBreaks(cursor);
    return '\n'.repeat(Math.max(0, breaks - 1));
  }
  const size = Object.hasOwn(HEX_ESCAPES, letter) ? HEX_ESCAPES[letter] : undefined;
  if (size !== undefined) return readHexEscape(cursor, size);
  const plain = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (plain === undefined) return cursor.fail(`\\${letter} is not an escape sequence.`);
  cursor.skip(2);
  return plain;
}

function readHexEscape(cursor: Cursor, size: number): string {
  const digits = cursor.text.slice(cursor.at + 2, cursor.at + 2 + size);
  const code = /^[0-9a-fA-F]+$/.test(digits) && digits.length === size ? Number.parseInt(digits, 16) : -1;
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    cursor.fail('The escape sequence is no Unicode character.');
  }
  cursor.skip(2 + size);
  return String.fromCodePoint(code);
}
