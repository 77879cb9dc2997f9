import { encodeRune, MAX_RUNE } from '../text/utf8.ts';
import { Bytes } from '../values/value.ts';
import type { SourceFile } from './source-file.ts';

const PREFIX = /(?<raw>r?)(?<bytes>b?)(?<quote>"""|'''|"|')/y;
const ESCAPE = /\\(?:\r\n|[\s\S])?|\r\n?/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

interface StringLiteral {
  readonly value: string | Bytes;
  readonly isBytes: boolean;
  readonly end: number;
}

/** Reads the string or bytes literal that starts at the offset, prefix included. */
export function scanString(file: SourceFile, start: number): StringLiteral {
  PREFIX.lastIndex = start;
  const { raw = '', bytes = '', quote = '"' } = PREFIX.exec(file.bytes)?.groups ?? {};
  const contentStart = start + raw.length + bytes.length + quote.length;
  const contentEnd = findEnd(file, start, contentStart, quote);
  const content = file.bytes.slice(contentStart, contentEnd);
  const text = resolveEscapes(file, start, content, raw !== '');
  const value = bytes === '' ? text : new Bytes(text);
  return { value, isBytes: bytes !== '', end: contentEnd + quote.length };
}

function findEnd(file: SourceFile, start: number, contentStart: number, quote: string): number {
  const text = file.bytes;
  for (let index = contentStart; index < text.length; index += 1) {
    if (text.startsWith(quote, index)) return index;
    const character = text[index];
    if (character === '\\') index += text.startsWith('\r\n', index + 1) ? 2 : 1;
    else if (quote.length === 1 && (character === '\n' || character === '\r')) {
      throw file.error(
        'syntax',
        start,
        'the string has no closing quote on its line; use three quotes for several lines',
      );
    }
  }
  throw file.error('syntax', start, 'the string has no closing quote');
}

function resolveEscapes(file: SourceFile, start: number, content: string, isRaw: boolean): string {
  const parts: string[] = [];
  let rest = 0;
  ESCAPE.lastIndex = 0;
  for (let match = ESCAPE.exec(content); match !== null; match = ESCAPE.exec(content)) {
    const text = match[0];
    if (text.startsWith('\\') && isRaw) {
      if (text.includes('\r')) ESCAPE.lastIndex = match.index + 1;
      continue;
    }
    parts.push(content.slice(rest, match.index));
    const result = text.startsWith('\\')
      ? readEscape(content, match.index)
      : { value: '\n', length: text.length };
    if (typeof result === 'string') throw file.error('syntax', start, result);
    parts.push(result.value);
    rest = match.index + result.length;
    ESCAPE.lastIndex = rest;
  }
  parts.push(content.slice(rest));
  return parts.join('');
}

interface Escape {
  readonly value: string;
  /** Characters of the literal that the escape takes, with the backslash. */
  readonly length: number;
}

/** Returns the problem as text where there is one. */
function readEscape(content: string, at: number): Escape | string {
  const letter = content[at + 1] ?? '';
  if (letter === '\n') return { value: '', length: 2 };
  if (letter === '\r') return { value: '', length: content[at + 2] === '\n' ? 3 : 2 };
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return { value: simple, length: 2 };
  if (/[0-7]/.test(letter)) return readOctal(content, at);
  if (letter === 'x') return readByte(content, at);
  if (letter === 'u' || letter === 'U') return readCodePoint(content, at, letter === 'u' ? 4 : 8);
  return `the string has the unknown escape \\${letter}; write \\\\ for a backslash, or put r before the quotes`;
}

/** Bytes above 127 are accepted in strings too, as in the Starlark of Drone: some scripts spell UTF-8 that way. */
function readOctal(content: string, at: number): Escape | string {
  const digits = /^[0-7]{1,3}/.exec(content.slice(at + 1, at + 4))?.[0] ?? '';
  const code = Number.parseInt(digits, 8);
  if (code > 255) return `the escape \\${digits} is no byte`;
  return { value: String.fromCharCode(code), length: 1 + digits.length };
}

function readByte(content: string, at: number): Escape | string {
  const digits = content.slice(at + 2, at + 4);
  if (!/^[0-9a-fA-F]{2}$/.test(digits)) return 'the escape \\x must be followed by two hexadecimal digits';
  return { value: String.fromCharCode(Number.parseInt(digits, 16)), length: 4 };
}

function readCodePoint(content: string, at: number, count: number): Escape | string {
  const digits = content.slice(at + 2, at + 2 + count);
  if (digits.length !== count || !/^[0-9a-fA-F]+$/.test(digits)) {
    return `the escape \\${content[at + 1]} must be followed by ${count} hexadecimal digits`;
  }
  const code = Number.parseInt(digits, 16);
  if (code > MAX_RUNE)
    return `the escape \\${content[at + 1]}${digits} is no code point, 0010FFFF is the largest`;
  if (code >= 0xd800 && code <= 0xdfff)
    return `the escape \\${content[at + 1]}${digits} is half of a surrogate pair`;
  return { value: encodeRune(code), length: 2 + count };
}
