import { Failure } from '../failure.ts';
import { encodeRune, runeAt } from '../text/bytes.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** The bytes of a string literal as written, in `"` or backquotes. */
export function unquote(literal: string, offset: number): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body.replaceAll('\r', '');
  if (!body.includes('\\')) return body;
  const parts: string[] = [];
  for (let at = 0; at < body.length; ) {
    const piece = readPiece(body, at, '"', offset);
    parts.push(piece.bytes);
    at += piece.width;
  }
  return parts.join('');
}

/** The code point of a character literal as written, such as `'a'` or `'\n'`. */
export function unquoteChar(literal: string, offset: number): number {
  const body = literal.slice(1, -1);
  const piece = readPiece(body, 0, "'", offset);
  if (body === '' || piece.width !== body.length) throw broken(offset);
  return piece.code;
}

interface Piece {
  readonly bytes: string;
  readonly code: number;
  readonly width: number;
}

function readPiece(body: string, at: number, quote: string, offset: number): Piece {
  if (body.charAt(at) !== '\\') {
    const { code, width } = runeAt(body, at);
    return { bytes: body.slice(at, at + width), code, width };
  }
  const letter = body.charAt(at + 1);
  const simple = letter === quote ? quote : SIMPLE[letter];
  if (simple !== undefined) return { bytes: simple, code: simple.charCodeAt(0), width: 2 };
  if (letter === 'x') return readByte(body, at + 2, 2, 16, offset, 4);
  if (letter >= '0' && letter <= '7') return readByte(body, at + 1, 3, 8, offset, 4);
  const digits = letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  if (digits === 0) throw broken(offset);
  const code = readDigits(body, at + 2, digits, 16, offset);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw broken(offset);
  return { bytes: encodeRune(code), code, width: 2 + digits };
}

function readByte(
  body: string,
  at: number,
  count: number,
  base: number,
  offset: number,
  width: number,
): Piece {
  const code = readDigits(body, at, count, base, offset);
  if (code > 255) throw broken(offset);
  return { bytes: String.fromCharCode(code), code, width };
}

function readDigits(body: string, at: number, count: number, base: number, offset: number): number {
  const digits = body.slice(at, at + count);
  const pattern = base === 16 ? /^[0-9a-fA-F]+$/ : /^[0-7]+$/;
  if (digits.length !== count || !pattern.test(digits)) throw broken(offset);
  return Number.parseInt(digits, base);
}

function broken(offset: number): Failure {
  return new Failure('syntax', 'The quoted text has an escape that does not exist or is cut short.', offset);
}
