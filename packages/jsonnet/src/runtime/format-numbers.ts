import { checkNumber } from './bounds.ts';
import type { Directive } from './format-parser.ts';
import type { Machine } from './machine.ts';
import { formatNumber } from './numbers.ts';
import { power } from './power.ts';

/**
 * Numbers in formats are taken apart with floating point arithmetic, digit by digit. The language defines them by
 * that calculation, so large numbers and many digits show its rounding errors instead of exact digits.
 */
export function renderInteger(
  directive: Directive,
  value: number,
  pad: number,
  minDigits: number,
  radix: 8 | 10,
): string {
  const prefix = radix === 8 && directive.isAlternate ? '0' : '';
  return signedDigits(directive, value <= -1, Math.floor(Math.abs(value)), pad, minDigits, radix, prefix);
}

function signedDigits(
  { isBlank, isSigned }: Pick<Directive, 'isBlank' | 'isSigned'>,
  isNegative: boolean,
  magnitude: number,
  pad: number,
  minDigits: number,
  radix: number,
  prefix: string,
): string {
  let digits = magnitude === 0 ? '0' : '';
  for (let rest = magnitude; rest !== 0; rest = Math.floor(rest / radix)) {
    digits = formatNumber(rest % radix) + digits;
  }
  if (magnitude !== 0) digits = prefix + digits;
  const room = pad - (isNegative || isBlank || isSigned ? 1 : 0);
  return signOf(isNegative, isSigned, isBlank) + zeroPad(digits, Math.max(room, minDigits));
}

function signOf(isNegative: boolean, isSigned: boolean, isBlank: boolean): string {
  if (isNegative) return '-';
  if (isSigned) return '+';
  return isBlank ? ' ' : '';
}

function zeroPad(digits: string, size: number): string {
  return '0'.repeat(Math.max(0, Math.ceil(size - digits.length))) + digits;
}

export function renderHex(directive: Directive, value: number, pad: number, minDigits: number): string {
  const { isBlank, isSigned, isAlternate, isCapital } = directive;
  const whole = Math.floor(value);
  let digits = whole === 0 ? '0' : '';
  for (let rest = Math.abs(whole); rest !== 0; rest = Math.floor(rest / 16)) {
    digits = '0123456789abcdef'.charAt(rest % 16) + digits;
  }
  const isNegative = whole < 0;
  const room = pad - (isNegative || isBlank || isSigned ? 1 : 0) - (isAlternate ? 2 : 0);
  const text = (isAlternate ? '0x' : '') + zeroPad(digits, Math.max(room, minDigits));
  return signOf(isNegative, isSigned, isBlank) + (isCapital ? text.toUpperCase() : text);
}

/** `%f`; `isTrailing` keeps zeros at the end of the fraction. */
export function renderDecimal(
  machine: Machine,
  directive: Directive,
  value: number,
  pad: number,
  precision: number,
  isTrailing: boolean,
): string {
  const denominator = checkNumber(machine, power(10, precision));
  const numerator = checkNumber(machine, Math.abs(value) * denominator + 0.5);
  const whole = Math.floor(numerator / denominator);
  const fraction = Math.floor(numerator) % denominator;
  const pointSize = precision === 0 && !directive.isAlternate ? 0 : 1;
  const text = signedDigits(directive, value < 0, whole, pad - precision - pointSize, 0, 10, '');
  if (precision === 0) return directive.isAlternate ? `${text}.` : text;
  if (!isTrailing && fraction <= 0) return text;
  const digits = signedDigits({ isBlank: false, isSigned: false }, false, fraction, precision, 0, 10, '');
  return `${text}.${isTrailing ? digits : digits.replace(/0+$/, '')}`;
}

/** `%e`. */
export function renderScientific(
  machine: Machine,
  directive: Directive,
  value: number,
  pad: number,
  precision: number,
  isTrailing: boolean,
): string {
  const exponent = exponentOf(value);
  const digits = signedDigits(
    { isBlank: false, isSigned: true },
    exponent < 0,
    Math.abs(exponent),
    3,
    0,
    10,
    '',
  );
  const suffix = (directive.isCapital ? 'E' : 'e') + digits;
  // 10 ** -324 is 0 as a number, so the smallest exponent goes a way round.
  const mantissa = exponent === -324 ? (value * 10) / power(10, exponent + 1) : value / power(10, exponent);
  return renderDecimal(machine, directive, mantissa, pad - suffix.length, precision, isTrailing) + suffix;
}

/** `%g`. */
export function renderGeneral(
  machine: Machine,
  directive: Directive,
  value: number,
  pad: number,
  precision: number,
): string {
  const isTrailing = directive.isAlternate;
  if (value === 0)
    return renderDecimal(machine, directive, value, pad, Math.max(precision, 1) - 1, isTrailing);
  const exponent = exponentOf(value);
  if (exponent < -4 || exponent >= precision) {
    return renderScientific(machine, directive, value, pad, precision - 1, isTrailing);
  }
  const digitsBeforePoint = Math.max(1, exponent + 1);
  return renderDecimal(machine, directive, value, pad, precision - digitsBeforePoint, isTrailing);
}

function exponentOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(10));
}
