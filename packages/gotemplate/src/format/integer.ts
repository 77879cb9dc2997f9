import { encodeRune } from '../text/bytes.ts';
import { isPrintable } from '../text/unicode.ts';
import type { Flags } from './flags.ts';
import { fill, pad, padWithSpaces } from './pad.ts';
import { quoteRune } from './quote.ts';

/** An integer under one verb; undefined when the verb is not for integers. */
export function formatInteger(
  flags: Flags,
  value: bigint,
  verb: string,
  isUnsigned: boolean,
): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV && isUnsigned
        ? formatDigits({ ...flags, sharp: true }, value, 16, verb)
        : formatDigits(flags, value, 10, verb);
    case 'd':
      return formatDigits(flags, value, 10, verb);
    case 'b':
      return formatDigits(flags, value, 2, verb);
    case 'o':
    case 'O':
      return formatDigits(flags, value, 8, verb);
    case 'x':
    case 'X':
      return formatDigits(flags, value, 16, verb);
    case 'c':
      return pad(flags, encodeRune(toRune(value)));
    case 'q':
      return pad(flags, quoteRune(toRune(value), flags.plus));
    case 'U':
      return formatUnicode(flags, value);
    default:
      return undefined;
  }
}

/** Go first takes the value as unsigned, so a negative one is no code point. */
function toRune(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? 0xfffd : Number(value);
}

function formatDigits(flags: Flags, value: bigint, base: 2 | 8 | 10 | 16, verb: string): string {
  const isNegative = value < 0n;
  if (flags.precision === 0 && value === 0n) return fill({ ...flags, zero: false }, flags.width ?? 0);
  let digits = (isNegative ? -value : value).toString(base);
  if (verb === 'X') digits = digits.toUpperCase();
  digits = digits.padStart(minimumDigits(flags, isNegative), '0');
  if (flags.sharp) digits = withPrefix(digits, base, verb);
  if (verb === 'O') digits = `0o${digits}`;
  const sign = isNegative ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  return padWithSpaces(flags, sign + digits);
}

function minimumDigits(flags: Flags, isNegative: boolean): number {
  if (flags.precision !== undefined) return flags.precision;
  if (!flags.zero || flags.minus || flags.width === undefined) return 0;
  return isNegative || flags.plus || flags.space ? flags.width - 1 : flags.width;
}

function withPrefix(digits: string, base: number, verb: string): string {
  if (base === 2) return `0b${digits}`;
  if (base === 8) return digits.startsWith('0') ? digits : `0${digits}`;
  if (base === 16) return `${verb === 'X' ? '0X' : '0x'}${digits}`;
  return digits;
}

function formatUnicode(flags: Flags, value: bigint): string {
  const unsigned = BigInt.asUintN(64, value);
  const hex = unsigned.toString(16).toUpperCase();
  const text = `U+${hex.padStart(Math.max(flags.precision ?? 4, 4), '0')}`;
  const isShown = flags.sharp && unsigned <= 0x10ffffn && isPrintable(Number(unsigned));
  return padWithSpaces(flags, isShown ? `${text} '${encodeRune(Number(unsigned))}'` : text);
}
