import { failed } from '../failure.ts';
import { negate, unicodeClass } from './classes.ts';
import type { Matcher } from './node.ts';
import type { RuneReader } from './rune-reader.ts';

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** A code point written with a backslash, the reader standing on the backslash. */
export function parseEscape(reader: RuneReader): number {
  const hex = reader.acceptPattern(/^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,8})\})/);
  if (hex !== undefined) return checkCode(Number.parseInt(hex[1] ?? hex[2] ?? '', 16));
  // One to three octal digits after a zero; other digits would be back references, which Go lacks.
  const octal = reader.acceptPattern(/^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/);
  if (octal !== undefined) return Number.parseInt(octal[1] ?? '', 8);
  const letter = reader.peekText(1);
  const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined;
  const isSign = /^[!-/:-@[-`{-~]$/.test(letter);
  if (control === undefined && !isSign)
    throw failed('The regular expression has an escape that does not exist.');
  reader.skip(2);
  return control ?? letter.charCodeAt(0);
}

function checkCode(code: number): number {
  if (code > 0x10ffff) throw failed('The regular expression names a character beyond Unicode.');
  return code;
}

/** `\pN`, `\p{Greek}`, `\P{^Greek}`; undefined when the reader stands on something else. */
export function parseUnicodeClass(reader: RuneReader, ignoresCase: boolean): Matcher | undefined {
  const match = reader.acceptPattern(/^\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))/);
  if (match === undefined) {
    if (reader.isAt('\\p') || reader.isAt('\\P'))
      throw failed('The regular expression has an incomplete "\\p".');
    return undefined;
  }
  const [, letter, caret, long, short] = match;
  const matches = unicodeClass(long ?? short ?? '', ignoresCase);
  if (matches === undefined) throw failed('The regular expression names a Unicode class that is not known.');
  return (letter === 'P') !== (caret === '^') ? negate(matches) : matches;
}
