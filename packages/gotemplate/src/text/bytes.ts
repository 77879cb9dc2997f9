/**
 * Go's strings are byte strings that usually hold UTF-8. Inside this package they are JavaScript strings in which
 * every character is one byte (0–255): lengths, indexes, order and broken encodings are then Go's own.
 */

/** What Go reads instead of a broken encoding. */
export const REPLACEMENT = 0xfffd;

/** A code point and how many bytes it takes; a broken byte is `REPLACEMENT` of width 1. */
export interface Rune {
  readonly code: number;
  readonly width: number;
}

const ASCII = /^\p{ASCII}*$/u;

/** True when bytes and text are the same. */
export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** Text to bytes. Lone surrogates become U+FFFD, as everywhere. */
export function encodeUtf8(text: string): string {
  if (isAscii(text)) return text;
  let bytes = '';
  for (const char of text) bytes += encodeRune(char.codePointAt(0) ?? REPLACEMENT);
  return bytes;
}

/** Bytes to text; every broken byte becomes one U+FFFD, as Go's `[]rune(s)` does. */
export function decodeUtf8(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  const parts: string[] = [];
  for (const code of runes(bytes)) parts.push(String.fromCodePoint(code));
  return parts.join('');
}

/** The bytes of one code point; surrogates and values beyond Unicode become U+FFFD. */
export function encodeRune(code: number): string {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return encodeRune(REPLACEMENT);
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), tail(code));
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12), tail(code >> 6), tail(code));
  return String.fromCharCode(0xf0 | (code >> 18), tail(code >> 12), tail(code >> 6), tail(code));
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** The code point that starts at byte `at`; past the end it is broken with width 0. */
export function runeAt(bytes: string, at: number): Rune {
  if (at >= bytes.length) return { code: REPLACEMENT, width: 0 };
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return { code: first, width: 1 };
  if (first < 0xc2 || first > 0xf4) return { code: REPLACEMENT, width: 1 };
  const width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  let code = first & (0xff >> (width + 1));
  for (let offset = 1; offset < width; offset += 1) {
    const byte = at + offset < bytes.length ? bytes.charCodeAt(at + offset) : 0;
    if ((byte & 0xc0) !== 0x80) return { code: REPLACEMENT, width: 1 };
    code = (code << 6) | (byte & 0x3f);
  }
  return isShortest(code, width) ? { code, width } : { code: REPLACEMENT, width: 1 };
}

function isShortest(code: number, width: number): boolean {
  if (width === 3) return code >= 0x800 && (code < 0xd800 || code > 0xdfff);
  return width === 2 || (code >= 0x10000 && code <= 0x10ffff);
}

/** All code points, broken bytes as `REPLACEMENT`. */
export function* runes(bytes: string): Generator<number> {
  for (let at = 0; at < bytes.length; ) {
    const { code, width } = runeAt(bytes, at);
    yield code;
    at += width;
  }
}

export function countRunes(bytes: string): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (let at = 0; at < bytes.length; at += runeAt(bytes, at).width) count += 1;
  return count;
}

/** The string cut into its code points; a broken byte stays a piece of its own. */
export function splitRunes(bytes: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { width } = runeAt(bytes, at);
    pieces.push(bytes.slice(at, at + width));
    at += width;
  }
  return pieces;
}

/** For hash functions and other callers that take real bytes. */
export function toByteArray(bytes: string): Uint8Array {
  const array = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) array[at] = bytes.charCodeAt(at);
  return array;
}

/** At most 60 characters of it, for messages. */
export function excerpt(bytes: string): string {
  const text = decodeUtf8(bytes.slice(0, 240));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
