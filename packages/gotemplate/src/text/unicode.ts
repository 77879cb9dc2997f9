import { encodeRune, isAscii, runes } from './bytes.ts';

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
/** Unicode's White_Space. JavaScript's own `trim` also takes U+FEFF, which Go keeps. */
const SPACE = /^\p{White_Space}$/u;

export function isLetter(code: number): boolean {
  return LETTER.test(String.fromCodePoint(code));
}

export function isDigit(code: number): boolean {
  return DIGIT.test(String.fromCodePoint(code));
}

/** Letters, marks, numbers, punctuation, symbols and the ASCII space: what `%q` does not escape. */
export function isPrintable(code: number): boolean {
  if (code >= 0x20 && code < 0x7f) return true;
  return PRINTABLE.test(String.fromCodePoint(code));
}

export function isSpace(code: number): boolean {
  return SPACE.test(String.fromCodePoint(code));
}

/** Go maps code point by code point, never to several as JavaScript does (ß stays ß). */
export function upperRune(code: number): number {
  return withIota(code) ?? single(code, String.fromCodePoint(code).toUpperCase());
}

export function lowerRune(code: number): number {
  if (code === 0x130) return 0x69;
  return single(code, String.fromCodePoint(code).toLowerCase());
}

/** Title case differs from upper case for digraphs and Georgian only. */
export function titleRune(code: number): number {
  const digraph = DIGRAPHS.find((first) => code >= first && code <= first + 2);
  if (digraph !== undefined) return digraph + 1;
  if ((code >= 0x10d0 && code <= 0x10fa) || (code >= 0x10fd && code <= 0x10ff)) return code;
  return upperRune(code);
}

/** Capital DŽ, LJ, NJ and DZ; the title-case letter follows, then the small one. */
const DIGRAPHS: readonly number[] = [0x1c4, 0x1c7, 0x1ca, 0x1f1];

/** Letters with iota subscript: their full upper case is two letters, their simple one the title-case letter. */
function withIota(code: number): number | undefined {
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return code + 9;
  return code >= 0x1f80 && code < 0x1fb0 && (code & 8) === 0 ? code + 8 : undefined;
}

function single(code: number, mapped: string): number {
  const first = mapped.codePointAt(0) ?? code;
  return String.fromCodePoint(first).length === mapped.length ? first : code;
}

/** Applies a mapping of code points; broken bytes become U+FFFD once the text is not plain ASCII, as in Go. */
export function mapRunes(bytes: string, mapping: (code: number) => number): string {
  if (isAscii(bytes)) {
    if (mapping === lowerRune) return bytes.toLowerCase();
    return bytes.toUpperCase();
  }
  const known = new Map<number, string>();
  const parts: string[] = [];
  for (const code of runes(bytes)) {
    let mapped = known.get(code);
    if (mapped === undefined) {
      mapped = encodeRune(mapping(code));
      known.set(code, mapped);
    }
    parts.push(mapped);
  }
  return parts.join('');
}
