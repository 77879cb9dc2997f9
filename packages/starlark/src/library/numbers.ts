import { Failure } from '../errors.ts';
import { parseFloatText } from '../text/parse-float.ts';
import { asInt32, type Int, isInt, negate, parseDigits, toFiniteFloat, toInt } from '../values/ints.ts';
import { type Call, Float, type Value } from '../values/value.ts';
import { checkPositional, unpack, wrongType } from './arguments.ts';
import type { Functions } from './universe.ts';

export const NUMBERS: Functions = [
  ['abs', abs],
  ['float', float],
  ['int', int],
];

function abs(call: Call): Value {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  if (value instanceof Float) return new Float(Math.abs(value.value));
  if (isInt(value)) return value < 0 ? negate(value, call.meter) : value;
  throw wrongType(call, value, 'int or float');
}

function float(call: Call): Float {
  checkPositional(call, 0, 1);
  const [value = false] = call.args;
  if (value instanceof Float) return value;
  if (typeof value === 'boolean') return new Float(value ? 1 : 0);
  if (isInt(value)) return new Float(toFiniteFloat(value));
  if (typeof value === 'string') return new Float(parseFloatArgument(value, call));
  throw wrongType(call, value, 'number or string');
}

const SPECIAL = /^(?<sign>[+-]?)(?:(?<nan>nan)|inf(?:inity)?)$/i;

function parseFloatArgument(text: string, call: Call): number {
  call.meter.work(text.length);
  const special = SPECIAL.exec(text);
  if (special !== null) {
    if (special.groups?.nan !== undefined) return Number.NaN;
    return special.groups?.sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const number = parseFloatText(text);
  if (number === undefined) throw new Failure(`float(): "${text.slice(0, 40)}" is no number`);
  if (!Number.isFinite(number)) throw new Failure('float(): the number is too large');
  return number;
}

function int(call: Call): Int {
  const [value = 0, base] = unpack(call, ['x', 'base'], 1);
  if (typeof value === 'string') return parseIntArgument(value, base === undefined ? 10 : baseOf(base), call);
  if (base !== undefined) throw new Failure('int(): only a string can have a base');
  return typeof value === 'boolean' ? Number(value) : toInt(value);
}

function baseOf(value: Value): number {
  const base = asInt32(value);
  if (base !== 0 && (base < 2 || base > 36)) throw new Failure('int(): the base must be 0 or from 2 to 36');
  return base;
}

const PREFIXES: ReadonlyMap<string, number> = new Map([
  ['0x', 16],
  ['0o', 8],
  ['0b', 2],
]);

/** A prefix that fits the base is skipped; base 0 takes the base from the prefix. */
function parseIntArgument(text: string, base: number, call: Call): Int {
  const problem = new Failure(`int(): "${text.slice(0, 40)}" is no int of base ${base}`);
  const isNegative = text.startsWith('-');
  let digits = isNegative || text.startsWith('+') ? text.slice(1) : text;
  const prefix = digits.length > 2 ? PREFIXES.get(digits.slice(0, 2).toLowerCase()) : undefined;
  let radix = base;
  if (prefix !== undefined && (base === 0 || base === prefix)) {
    digits = digits.slice(2);
    radix = prefix;
  } else if (base === 0 && digits.length > 1 && digits.startsWith('0')) {
    if (/^0+$/.test(digits)) return 0;
    throw problem;
  }
  if (radix === 0) radix = 10;
  call.meter.scan(digits.length);
  const highest = radix > 10 ? String.fromCharCode(0x56 + radix) : '';
  const pattern = radix > 10 ? `^[0-9a-${highest}]+$` : `^[0-${radix - 1}]+$`;
  if (!new RegExp(pattern, 'i').test(digits)) throw problem;
  const value = parseDigits(digits, radix, call.meter);
  return isNegative ? negate(value, call.meter) : value;
}
