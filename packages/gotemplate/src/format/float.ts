import { type Decimal, decompose, roundToDigits, roundToPlaces, shortestDecimal } from './decimal.ts';
import type { Flags } from './flags.ts';
import { pad, padWithSpaces } from './pad.ts';

/** A float under one verb; undefined when the verb is not for floats. */
export function formatFloat(flags: Flags, value: number, verb: string): string | undefined {
  switch (verb) {
    case 'v':
      return layOut(flags, value, 'g', -1);
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
      return layOut(flags, value, verb, -1);
    case 'f':
    case 'e':
    case 'E':
      return layOut(flags, value, verb, 6);
    case 'F':
      return layOut(flags, value, 'f', 6);
    default:
      return undefined;
  }
}

/** Go's `strconv.FormatFloat`; precision -1 means the fewest digits that read back the same. */
export function floatText(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const isNegative = value < 0 || Object.is(value, -0);
  const size = Math.abs(value);
  const sign = isNegative ? '-' : '';
  if (size === Number.POSITIVE_INFINITY) return isNegative ? '-Inf' : '+Inf';
  if (verb === 'b') return sign + binaryText(size);
  if (verb === 'x' || verb === 'X') return sign + hexText(size, verb, precision);
  return sign + decimalText(size, verb, precision);
}

function decimalText(size: number, verb: string, precision: number): string {
  const isShortest = precision < 0;
  if (verb === 'f') {
    const decimal = isShortest ? shortestDecimal(size) : roundToPlaces(size, precision);
    return plain(decimal, isShortest ? Math.max(decimal.digits.length - decimal.point, 0) : precision);
  }
  if (verb === 'e' || verb === 'E') {
    const decimal = isShortest ? shortestDecimal(size) : roundToDigits(size, precision + 1);
    return scientific(decimal, isShortest ? Math.max(decimal.digits.length - 1, 0) : precision, verb);
  }
  const wanted = precision === 0 ? 1 : precision;
  const decimal = isShortest ? shortestDecimal(size) : roundToDigits(size, wanted);
  const { digits, point } = decimal;
  // From this exponent on the digits would no longer reach the point.
  let threshold = wanted;
  if (threshold > digits.length && digits.length >= point) threshold = digits.length;
  if (isShortest) threshold = 6;
  const exponent = point - 1;
  const shown = isShortest ? digits.length : Math.min(wanted, digits.length);
  if (exponent < -4 || exponent >= threshold)
    return scientific(decimal, Math.max(shown - 1, 0), verb === 'g' ? 'e' : 'E');
  return plain(decimal, Math.max(digits.length - point, 0));
}

function plain({ digits, point }: Decimal, places: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (places === 0) return whole;
  const leading = point < 0 ? '0'.repeat(Math.min(-point, places)) : '';
  const fraction = leading + digits.slice(Math.max(point, 0));
  return `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}

function scientific({ digits, point }: Decimal, places: number, letter: string): string {
  const fraction = places > 0 ? `.${digits.slice(1, places + 1).padEnd(places, '0')}` : '';
  const exponent = digits === '' ? 0 : point - 1;
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits.charAt(0) || '0'}${fraction}${letter}${exponent < 0 ? '-' : '+'}${size}`;
}

function binaryText(size: number): string {
  const { mantissa, exponent } = decompose(size);
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
}

/** `0x1.8p+01`: one digit before the point, rounded to even when a precision is given. */
function hexText(size: number, verb: string, precision: number): string {
  let { mantissa, exponent } = decompose(size);
  if (mantissa !== 0n) {
    const shift = 53 - mantissa.toString(2).length;
    mantissa <<= BigInt(shift);
    exponent += 52 - shift;
  } else exponent = 0;
  if (precision >= 0 && precision < 13) {
    mantissa = roundBits(mantissa, BigInt(52 - precision * 4));
    if (mantissa >> 53n !== 0n) {
      mantissa >>= 1n;
      exponent += 1;
    }
  }
  const digits = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const fraction =
    precision < 0 ? digits.replace(/0+$/, '') : digits.slice(0, precision).padEnd(precision, '0');
  const power = `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  const text = `0x${mantissa >> 52n}${fraction === '' ? '' : `.${fraction}`}p${power}`;
  return verb === 'X' ? text.toUpperCase() : text;
}

function roundBits(value: bigint, bits: bigint): bigint {
  const rest = value & ((1n << bits) - 1n);
  const half = 1n << (bits - 1n);
  const floor = value - rest;
  const isUp = rest > half || (rest === half && ((value >> bits) & 1n) === 1n);
  return isUp ? floor + (1n << bits) : floor;
}

function layOut(flags: Flags, value: number, verb: string, defaultPrecision: number): string {
  const precision = flags.precision ?? defaultPrecision;
  const text = floatText(value, verb, precision);
  const hasSign = text.startsWith('-') || text.startsWith('+');
  let sign = hasSign ? text.charAt(0) : '+';
  let number = hasSign ? text.slice(1) : text;
  if (flags.space && sign === '+' && !flags.plus) sign = ' ';
  if (number === 'Inf' || number === 'NaN') {
    const showsSign = flags.plus || sign !== '+';
    return padWithSpaces(flags, (showsSign ? sign : '') + (number === 'Inf' && !showsSign ? '+Inf' : number));
  }
  if (flags.sharp && verb !== 'b') number = withPoint(number, verb, precision);
  if (!flags.plus && sign === '+') return pad(flags, number);
  const missing = (flags.width ?? 0) - number.length - 1;
  if (flags.zero && !flags.minus && missing > 0) return sign + '0'.repeat(missing) + number;
  return pad(flags, sign + number);
}

/** `#`: always a point, and for `g` no zeros removed. */
function withPoint(number: string, verb: string, precision: number): string {
  const isHex = verb === 'x' || verb === 'X';
  const split = number.search(isHex ? /[pP]/ : /[eE]/);
  let mantissa = split < 0 ? number : number.slice(0, split);
  const tail = split < 0 ? '' : number.slice(split);
  const wanted = 'gGxX'.includes(verb) && verb !== 'X' ? (precision < 0 ? 6 : precision) : 0;
  const significant = mantissa.replace(/[.]/g, '').replace(/^0+/, '').length;
  let missing = wanted - significant;
  if (!mantissa.includes('.')) {
    if (mantissa === '0') missing -= 1;
    mantissa += '.';
  }
  return mantissa + '0'.repeat(Math.max(missing, 0)) + tail;
}
