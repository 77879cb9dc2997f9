import { encodeRune, runeAt } from '../text/bytes.ts';
import { isPrintable } from '../text/unicode.ts';

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** Escapes the five signs that have a meaning in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/["'&<>]/g, (char) => HTML[char] ?? char);
}

/** As `escapeHtml`, and NUL becomes U+FFFD: what the built-in `html` does. */
export function escapeHtmlAndNul(text: string): string {
  return escapeHtml(text).replaceAll('\0', encodeRune(0xfffd));
}

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Text that can stand in a JavaScript string literal. */
export function escapeJs(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const { code, width } = runeAt(text, at);
    const char = text.slice(at, at + width);
    const isPlain = code < 0x80 ? code >= 0x20 : isPrintable(code);
    parts.push(JS[char] ?? (isPlain ? char : `\\u${hex(code, 4)}`));
    at += width;
  }
  return parts.join('');
}

/** Text as part of a URL query; a space becomes `+`. */
export function escapeQuery(text: string): string {
  return text.replace(/[^A-Za-z0-9_.~-]/g, (char) => (char === ' ' ? '+' : `%${hex(char.charCodeAt(0), 2)}`));
}

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, '0');
}
