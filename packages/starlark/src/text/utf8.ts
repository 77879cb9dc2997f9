/**
 * Starlark strings are sequences of bytes, as in Starlark-Go. Here a byte string is a JavaScript string whose
 * every character is one byte (U+0000 to U+00FF), so lengths, indexes and comparisons are those of bytes.
 */

/** U+FFFD, which stands for each byte that is not valid UTF-8. */
export const REPLACEMENT = 0xfffd;
/** The largest code point. */
export const MAX_RUNE = 0x10ffff;

const NON_ASCII = /[\u0080-\u{10ffff}]/u;

/** A decoded code point and the number of bytes it takes. */
export interface Rune {
  readonly code: number;
  readonly size: number;
}

/** Whether every byte is ASCII. */
export function isAscii(bytes: string): boolean {
  return !NON_ASCII.test(bytes);
}

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): string {
  if (isAscii(text)) return text;
  const parts: string[] = [];
  for (const character of text) parts.push(encodeRune(character.codePointAt(0) ?? REPLACEMENT));
  return parts.join('');
}

/** The text of UTF-8 bytes; each byte that is not part of a valid sequence becomes U+FFFD. */
export function decodeUtf8(bytes: string): string {
  if (isAscii(bytes)) return bytes;
  const parts: string[] = [];
  for (const rune of runes(bytes)) parts.push(String.fromCodePoint(rune.code));
  return parts.join('');
}

/** The UTF-8 bytes of one code point; surrogates become U+FFFD. */
export function encodeRune(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
  if (code >= 0xd800 && code <= 0xdfff) return encodeRune(REPLACEMENT);
  if (code < 0x10000) {
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return String.fromCharCode(
    0xf0 | (code >> 18),
    0x80 | ((code >> 12) & 0x3f),
    0x80 | ((code >> 6) & 0x3f),
    0x80 | (code & 0x3f),
  );
}

/** The code points of the bytes in order. */
export function* runes(bytes: string): Generator<Rune> {
  for (let index = 0; index < bytes.length; ) {
    const rune = runeAt(bytes, index);
    yield rune;
    index += rune.size;
  }
}

/** The number of code points. */
export function countRunes(bytes: string): number {
  let count = 0;
  for (let index = 0; index < bytes.length; index += runeAt(bytes, index).size) count += 1;
  return count;
}

/** The code point that starts at the byte index; an invalid byte is U+FFFD of size 1, the end is of size 0. */
export function runeAt(bytes: string, index: number): Rune {
  if (index >= bytes.length) return { code: REPLACEMENT, size: 0 };
  const first = bytes.charCodeAt(index);
  if (first < 0x80) return { code: first, size: 1 };
  if (first >= 0xc2 && first <= 0xdf) return sequence(bytes, index, 2, first & 0x1f, 0x80);
  if (first >= 0xe0 && first <= 0xef) return sequence(bytes, index, 3, first & 0x0f, 0x800);
  if (first >= 0xf0 && first <= 0xf4) return sequence(bytes, index, 4, first & 0x07, 0x10000);
  return { code: REPLACEMENT, size: 1 };
}

/** The code point that ends before the byte index; an invalid byte is U+FFFD of size 1. */
export function runeBefore(bytes: string, end: number): Rune {
  for (let size = 1; size <= 4 && size <= end; size += 1) {
    const byte = bytes.charCodeAt(end - size);
    if ((byte & 0xc0) === 0x80) continue;
    const rune = runeAt(bytes, end - size);
    return rune.size === size ? rune : { code: REPLACEMENT, size: 1 };
  }
  return { code: REPLACEMENT, size: 1 };
}

function sequence(bytes: string, index: number, size: number, lead: number, least: number): Rune {
  let code = lead;
  for (let offset = 1; offset < size; offset += 1) {
    const byte = index + offset < bytes.length ? bytes.charCodeAt(index + offset) : 0;
    if ((byte & 0xc0) !== 0x80) return { code: REPLACEMENT, size: 1 };
    code = (code << 6) | (byte & 0x3f);
  }
  const isValid = code >= least && code <= MAX_RUNE && (code < 0xd800 || code > 0xdfff);
  return isValid ? { code, size } : { code: REPLACEMENT, size: 1 };
}
