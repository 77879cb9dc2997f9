import type { JsonObject, JsonValue } from '../json-value.ts';
import { formatNumber } from './numbers.ts';
import { compareText } from './text.ts';

/** How JSON is laid out. */
export interface JsonStyle {
  readonly indent: string;
  readonly newline: string;
  /** Between elements, in front of the newline. */
  readonly comma: string;
  readonly colon: string;
  /** Empty collections: brackets with a space between them, or with two newlines. */
  readonly empty: 'space' | 'newlines';
  readonly quote: (text: string) => string;
  readonly number: (value: number) => string;
}

/** The form of string concatenation and `std.toString`. */
export const TO_STRING_STYLE: JsonStyle = {
  indent: '',
  newline: '',
  comma: ', ',
  colon: ': ',
  empty: 'space',
  quote: quoteJson,
  number: formatNumber,
};

/** Told the size of every piece of text that a renderer makes, so that it can be limited while it grows. */
export type Charge = (bytes: number) => void;

/** Fields are sorted by code points; numbers and escapes are those of the reference. */
export function renderJson(value: JsonValue, style: JsonStyle, charge: Charge): string {
  const out: string[] = [];
  write(value, { style, charge, out }, style.newline);
  return out.join('');
}

interface Job {
  readonly style: JsonStyle;
  readonly charge: Charge;
  readonly out: string[];
}

function write(value: JsonValue, job: Job, lineBreak: string): void {
  if (Array.isArray(value)) writeArray(value, job, lineBreak);
  else if (typeof value === 'object' && value !== null) writeObject(value, job, lineBreak);
  else writeScalar(value, job);
}

function writeScalar(value: null | boolean | number | string, job: Job): void {
  const text =
    typeof value === 'number'
      ? job.style.number(value)
      : typeof value === 'string'
        ? job.style.quote(value)
        : String(value);
  job.charge(text.length);
  job.out.push(text);
}

function writeArray(items: readonly JsonValue[], job: Job, lineBreak: string): void {
  const { style, charge, out } = job;
  const inner = lineBreak + style.indent;
  items.forEach((item, index) => {
    charge(inner.length + style.comma.length);
    out.push(index === 0 ? '[' : style.comma, inner);
    write(item, job, inner);
  });
  charge(lineBreak.length + 2);
  if (items.length === 0) out.push('[', gapOf(style, lineBreak), ']');
  else out.push(lineBreak, ']');
}

function writeObject(object: JsonObject, job: Job, lineBreak: string): void {
  const { style, charge, out } = job;
  const inner = lineBreak + style.indent;
  const names = Object.keys(object).sort(compareText);
  names.forEach((name, index) => {
    const key = style.quote(name);
    charge(inner.length + key.length + style.comma.length + style.colon.length);
    out.push(index === 0 ? '{' : style.comma, inner, key, style.colon);
    write(object[name] ?? null, job, inner);
  });
  charge(lineBreak.length + 2);
  if (names.length === 0) out.push('{', gapOf(style, lineBreak), '}');
  else out.push(lineBreak, '}');
}

function gapOf(style: JsonStyle, lineBreak: string): string {
  return style.empty === 'space' ? ' ' : style.newline + lineBreak;
}

/** The way of `std.manifestJson` and its kin: up to U+001F, and the two line ends that JavaScript once refused. */
export function quoteManifest(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

/** A string in double quotes; control characters up to U+009F are escaped, everything else stays. */
export function quoteJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f]/g,
    (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`,
  );
}
