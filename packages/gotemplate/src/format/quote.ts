import { encodeRune, runeAt } from '../text/bytes.ts';
import { isPrintable } from '../text/unicode.ts';

const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  12: '\\f',
  10: '\\n',
  13: '\\r',
  9: '\\t',
  11: '\\v',
};

/** A Go string literal in double quotes; with `asciiOnly` everything beyond ASCII is escaped. */
export function quote(bytes: string, asciiOnly: boolean): string {
  const parts: string[] = ['"'];
  for (let at = 0; at < bytes.length; ) {
    const { code, width } = runeAt(bytes, at);
    const isBroken = code === 0xfffd && width === 1;
    parts.push(isBroken ? hexByte(bytes.charCodeAt(at)) : escapeRune(code, '"', asciiOnly));
    at += width;
  }
  parts.push('"');
  return parts.join('');
}

/** A Go character literal. */
export function quoteRune(code: number, asciiOnly: boolean): string {
  const isRune = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return `'${escapeRune(isRune ? code : 0xfffd, "'", asciiOnly)}'`;
}

function escapeRune(code: number, quoteSign: string, asciiOnly: boolean): string {
  if (code === quoteSign.charCodeAt(0) || code === 0x5c) return `\\${String.fromCharCode(code)}`;
  if (code < 0x80 ? code >= 0x20 && code < 0x7f : !asciiOnly && isPrintable(code)) return encodeRune(code);
  const known = ESCAPES[code];
  if (known !== undefined) return known;
  if (code < 0x20 || code === 0x7f) return hexByte(code);
  const hex = code.toString(16);
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** True when the text can stand in backquotes: one line, printable, without a backquote. */
export function canBackquote(bytes: string): boolean {
  for (let at = 0; at < bytes.length; ) {
    const { code, width } = runeAt(bytes, at);
    if (
      width > 1
        ? code === 0xfeff
        : code === 0xfffd || (code < 0x20 && code !== 9) || code === 0x60 || code === 0x7f
    )
      return false;
    at += width;
  }
  return true;
}
