import type { JsonObject, JsonValue } from '../json-value.ts';
import { formatNumber } from './numbers.ts';
import { compareText } from './text.ts';

/** How JSON is laid out. With an empty `newline` everything stands on one line. */
export interface JsonStyle {
  readonly indent: string;
  readonly newline: string;
  /** Behind the comma where nothing is broken into lines. */
  readonly space: string;
  readonly colon: string;
  readonly emptyArray: string;
  readonly emptyObject: string;
}

/** The form of string concatenation and `std.toString`. */
export const TO_STRING_STYLE: JsonStyle = {
  indent: '',
  newline: '',
  space: ' ',
  colon: ': ',
  emptyArray: '[ ]',
  emptyObject: '{ }',
};

/** Fields are sorted by code points; numbers and escapes are those of the reference. */
export function renderJson(value: JsonValue, style: JsonStyle): string {
  const out: string[] = [];
  write(value, style, style.newline, out);
  return out.join('');
}

function write(value: JsonValue, style: JsonStyle, lineBreak: string, out: string[]): void {
  if (typeof value === 'number') out.push(formatNumber(value));
  else if (typeof value === 'string') out.push(quoteJson(value));
  else if (value === null || typeof value === 'boolean') out.push(String(value));
  else if (Array.isArray(value)) writeArray(value, style, lineBreak, out);
  else writeObject(value, style, lineBreak, out);
}

function writeArray(items: readonly JsonValue[], style: JsonStyle, lineBreak: string, out: string[]): void {
  if (items.length === 0) {
    out.push(emptyForm(style.emptyArray, lineBreak));
    return;
  }
  const inner = lineBreak === '' ? '' : lineBreak + style.indent;
  items.forEach((item, index) => {
    out.push(index === 0 ? `[${inner}` : separator(style, inner));
    write(item, style, inner, out);
  });
  out.push(lineBreak, ']');
}

function writeObject(object: JsonObject, style: JsonStyle, lineBreak: string, out: string[]): void {
  const names = Object.keys(object).sort(compareText);
  if (names.length === 0) {
    out.push(emptyForm(style.emptyObject, lineBreak));
    return;
  }
  const inner = lineBreak === '' ? '' : lineBreak + style.indent;
  names.forEach((name, index) => {
    out.push(index === 0 ? `{${inner}` : separator(style, inner), quoteJson(name), style.colon);
    write(object[name] ?? null, style, inner, out);
  });
  out.push(lineBreak, '}');
}

function separator(style: JsonStyle, inner: string): string {
  return inner === '' ? `,${style.space}` : `,${inner}`;
}

/** `\n` in the pattern of an empty collection stands for the current line break. */
function emptyForm(pattern: string, lineBreak: string): string {
  return pattern.replace('\n', () => lineBreak);
}

/** A string in double quotes; control characters up to U+009F are escaped, everything else stays. */
export function quoteJson(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  return `"${text.replace(/["\\\u0000-\u001f\u007f-\u009f]/g, escapeUnit)}"`;
}

function escapeUnit(unit: string): string {
  const at = '"\\\b\f\n\r\t'.indexOf(unit);
  if (at !== -1) return `\\${'"\\bfnrt'.charAt(at)}`;
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
