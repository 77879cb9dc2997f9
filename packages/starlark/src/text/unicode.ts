/** Classes and simple (one to one) case mappings of code points, as Go's `unicode` package has them. */

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const SPACE = /^\p{White_Space}$/u;
const UPPER = /^\p{Lu}$/u;
const LOWER = /^\p{Ll}$/u;
const TITLE = /^\p{Lt}$/u;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

export function isLetter(code: number): boolean {
  return matches(LETTER, code);
}

export function isDigit(code: number): boolean {
  return matches(DIGIT, code);
}

export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return matches(SPACE, code);
}

export function isUpper(code: number): boolean {
  return matches(UPPER, code);
}

export function isLower(code: number): boolean {
  return matches(LOWER, code);
}

export function isTitle(code: number): boolean {
  return matches(TITLE, code);
}

/** Whether a quoted string shows the code point as it is. */
export function isPrintable(code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  return matches(PRINTABLE, code);
}

/** Whether the code point has other cases, so that letters after it count as inside a word. */
export function isCased(code: number): boolean {
  if (code < 0x80) return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  // U+00DF has no simple mapping of its own, but U+1E9E maps to it.
  return (
    code === 0xdf || (code !== 0x130 && code !== 0x131 && (toUpper(code) !== code || toLower(code) !== code))
  );
}

export function toUpper(code: number): number {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a ? code - 0x20 : code;
  return single(String.fromCodePoint(code).toUpperCase()) ?? greekUpper(code);
}

export function toLower(code: number): number {
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  // U+0130 has a mapping of two code points; its simple mapping is i.
  return code === 0x130 ? 0x69 : (single(String.fromCodePoint(code).toLowerCase()) ?? code);
}

export function toTitle(code: number): number {
  // The Latin digraphs have a title case of their own.
  if (code >= 0x1c4 && code <= 0x1cc) return 0x1c5 + 3 * Math.floor((code - 0x1c4) / 3);
  if (code >= 0x1f1 && code <= 0x1f3) return 0x1f2;
  // Georgian letters have an upper case, which titles do not use.
  if ((code >= 0x10d0 && code <= 0x10fa) || (code >= 0x10fd && code <= 0x10ff)) return code;
  return toUpper(code);
}

function matches(pattern: RegExp, code: number): boolean {
  return pattern.test(String.fromCodePoint(code));
}

function single(text: string): number | undefined {
  const code = text.codePointAt(0);
  return code !== undefined && String.fromCodePoint(code) === text ? code : undefined;
}

/** Greek letters with iota subscript: JavaScript maps them to two letters, the simple mapping is one. */
function greekUpper(code: number): number {
  if (code >= 0x1f80 && code <= 0x1faf) return code | 8;
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return code + 9;
  return code;
}
