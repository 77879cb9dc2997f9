import { parseFloatText } from '../text/parse-float.ts';
import { type Int, normalize } from '../values/ints.ts';
import { Float } from '../values/value.ts';
import type { SourceFile } from './source-file.ts';

const RADIX = /0(?:[xX](?<hex>[0-9a-fA-F]*)|[oO](?<octal>[0-7]*)|[bB](?<binary>[01]*))/y;
const DECIMAL = /(?<whole>[0-9]*)(?<fraction>\.[0-9]*)?(?<exponent>[eE](?<sign>[+-]?)(?<power>[0-9]*))?/y;
/** A literal with more digits is refused, because reading it takes time. */
const MAX_DIGITS = 4096;

/** Reads the number that starts at the offset: an int or a float. */
export function scanNumber(
  file: SourceFile,
  start: number,
): { readonly value: Int | Float; readonly end: number } {
  RADIX.lastIndex = start;
  const radix = RADIX.exec(file.bytes);
  if (radix !== null) {
    const digits = radix.groups?.hex ?? radix.groups?.octal ?? radix.groups?.binary ?? '';
    if (digits === '') throw file.error('syntax', start, `"${radix[0]}" must be followed by digits`);
    return { value: parse(file, start, radix[0].toLowerCase()), end: start + radix[0].length };
  }
  DECIMAL.lastIndex = start;
  const decimal = DECIMAL.exec(file.bytes);
  const text = decimal?.[0] ?? '';
  const { whole = '', fraction, exponent, power } = decimal?.groups ?? {};
  const end = start + text.length;
  if (fraction === undefined && exponent === undefined) {
    if (/^0[0-9]*[1-9]/.test(whole)) {
      throw file.error(
        'syntax',
        start,
        `an octal number is written 0o${whole.slice(1)}, a decimal one without the leading 0`,
      );
    }
    return { value: parse(file, start, whole), end };
  }
  const value = power === '' ? undefined : parseFloatText(text);
  if (value === undefined)
    throw file.error('syntax', start, `"${text}" is no number, the exponent has no digits`);
  if (!Number.isFinite(value)) throw file.error('syntax', start, 'the number is too large for a float');
  return { value: new Float(value), end };
}

function parse(file: SourceFile, start: number, text: string): Int {
  if (text.length > MAX_DIGITS)
    throw file.error('syntax', start, `a number has more than ${MAX_DIGITS} digits`);
  return normalize(BigInt(text));
}
