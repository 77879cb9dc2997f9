import { Failure } from '../failure.ts';
import { excerpt } from '../text/bytes.ts';
import type { Complex } from '../value.ts';
import { unquoteChar } from './unquote.ts';

/** A number as a constant: what it is depends on how it is written. */
export type NumberConstant =
  | bigint
  | number
  | Complex
  /** Written as a whole number that fits only without a sign; using it is an error. */
  | 'overflow';

const INT = /^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)$/;
const FLOAT =
  /^[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?$/;
const HEX_FLOAT = /^([+-]?)0[xX]_?([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9_]+)$/;

/** Reads a number, character or complex literal as Go does. Throws `syntax` failures. */
export function parseNumber(
  text: string,
  type: 'number' | 'char' | 'complex',
  offset: number,
): NumberConstant {
  if (type === 'char') return BigInt(unquoteChar(text, offset));
  if (type === 'complex') return parseComplex(text, offset);
  if (text.endsWith('i')) {
    const imaginary = parseFloat64(text.slice(0, -1));
    if (imaginary !== undefined) return { kind: 'complex', real: 0, imaginary };
  }
  if (INT.test(text)) {
    const int = parseInt64(text);
    if (int === BigInt.asIntN(64, int)) return int;
    if (int >= 0n && int === BigInt.asUintN(64, int) && !text.startsWith('+')) return 'overflow';
    throw new Failure('syntax', `The number ${excerpt(text)} does not fit into 64 bits.`, offset);
  }
  const float = parseFloat64(text);
  if (float === undefined) throw new Failure('syntax', `${excerpt(text)} is not a number.`, offset);
  if (/[.eEpP]/.test(text)) return float;
  throw new Failure('syntax', `The number ${excerpt(text)} does not fit into 64 bits.`, offset);
}

/** Go's base-0 reading of a whole number; `text` matches `INT`. */
export function parseInt64(text: string): bigint {
  const isNegative = text.startsWith('-');
  let digits = text.replace(/^[+-]/, '').replaceAll('_', '');
  if (/^0[0-9]/.test(digits)) digits = `0o${digits.slice(1)}`;
  const value = BigInt(digits.toLowerCase());
  return isNegative ? -value : value;
}

/** True for what Go reads as a whole number with its base told by the prefix. */
export function isIntText(text: string): boolean {
  return INT.test(text);
}

function parseFloat64(text: string): number | undefined {
  if (FLOAT.test(text)) {
    const value = Number(text.replaceAll('_', ''));
    return Number.isFinite(value) ? value : undefined;
  }
  return parseHexFloat(text);
}

function parseHexFloat(text: string): number | undefined {
  const match = HEX_FLOAT.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = ''] = match;
  const isSeparated = /^(?:_?[0-9a-fA-F])*\.?[0-9a-fA-F]*(?:_[0-9a-fA-F]+)*$/;
  const mantissa = `${whole}${fraction}`.replaceAll('_', '');
  if (mantissa === '' || /__|_$/.test(whole) || /__|^_|_$/.test(fraction) || !isSeparated.test(whole))
    return undefined;
  if (!/^[+-]?[0-9]+(?:_[0-9]+)*$/.test(exponent)) return undefined;
  const shift = Number(exponent.replaceAll('_', '')) - 4 * fraction.replaceAll('_', '').length;
  const value = scale(BigInt(`0x${mantissa}`), shift);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}

/** `mantissa * 2 ** shift`, rounded once. */
function scale(mantissa: bigint, shift: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + shift > 1024) return Number.POSITIVE_INFINITY;
  if (bits + shift < -1080) return 0;
  if (shift >= 0) return Number(mantissa << BigInt(shift));
  // Below the normal range the kept bits shrink, so round there rather than twice.
  const lost = Math.max(bits - 53, -1074 - shift, 0);
  const kept = roundHalfEven(mantissa, lost);
  return Number(kept) * 2 ** Math.max(shift + lost, -1074) * (shift + lost < -1074 ? 0 : 1);
}

function roundHalfEven(value: bigint, bits: number): bigint {
  if (bits === 0) return value;
  const quotient = value >> BigInt(bits);
  const rest = value - (quotient << BigInt(bits));
  const half = 1n << BigInt(bits - 1);
  const isUp = rest > half || (rest === half && (quotient & 1n) === 1n);
  return isUp ? quotient + 1n : quotient;
}

function parseComplex(text: string, offset: number): Complex {
  const split = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
  const isExponent = /[eEpP]/.test(text.charAt(split - 1)) && !/^[+-]?0[xX]/.test(text);
  const at = isExponent
    ? Math.max(text.lastIndexOf('+', split - 1), text.lastIndexOf('-', split - 1))
    : split;
  const real = parseFloat64(text.slice(0, at));
  const imaginary = parseFloat64(text.slice(at, -1));
  if (real === undefined || imaginary === undefined)
    throw new Failure('syntax', `${excerpt(text)} is not a number.`, offset);
  return { kind: 'complex', real, imaginary };
}
