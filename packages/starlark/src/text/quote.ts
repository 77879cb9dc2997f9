import { isPrintable } from './unicode.ts';
import { REPLACEMENT, runeAt } from './utf8.ts';

const SIMPLE_ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

const PLAIN = /^[ !#-[\]-~]*$/;

/** A byte string as the double-quoted literal that `repr` shows; bytes that are not UTF-8 are shown as `\xNN`. */
export function quote(bytes: string): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  const parts: string[] = ['"'];
  for (let index = 0; index < bytes.length; ) {
    const { code, size } = runeAt(bytes, index);
    if (code === REPLACEMENT && size === 1) parts.push(`\\x${hex(bytes.charCodeAt(index), 2)}`);
    else
      parts.push(
        SIMPLE_ESCAPES[code] ?? (isPrintable(code) ? bytes.slice(index, index + size) : escapeCode(code)),
      );
    index += size;
  }
  parts.push('"');
  return parts.join('');
}

/** A byte string as a JSON string, in bytes; bytes that are not UTF-8 become U+FFFD. */
export function quoteJson(bytes: string): string {
  if (PLAIN.test(bytes)) return `"${bytes}"`;
  const parts: string[] = ['"'];
  for (let index = 0; index < bytes.length; ) {
    const { code, size } = runeAt(bytes, index);
    if (code === REPLACEMENT && size === 1) parts.push('\xef\xbf\xbd');
    else parts.push(jsonEscape(code) ?? bytes.slice(index, index + size));
    index += size;
  }
  parts.push('"');
  return parts.join('');
}

/** Line separators and controls are escaped too, because YAML readers treat them as line breaks or reject them. */
function jsonEscape(code: number): string | undefined {
  if (code === 34 || code === 92) return SIMPLE_ESCAPES[code];
  if (code === 9 || code === 10 || code === 13) return SIMPLE_ESCAPES[code];
  if (code >= 0x20 && code < 0x10000 && !isPrintable(code)) return `\\u${hex(code, 4)}`;
  return code < 0x20 ? `\\u${hex(code, 4)}` : undefined;
}

function escapeCode(code: number): string {
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
