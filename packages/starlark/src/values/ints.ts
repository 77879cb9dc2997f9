import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { Float, typeName, type Value } from './value.ts';

/** A Starlark int: a `number` where it is a safe integer, a `bigint` elsewhere. */
export type Int = number | bigint;

/** Below this size the cost of arithmetic is that of one step. */
const SMALL = 1n << 1024n;
/** Larger results are refused: nothing useful needs them, and their arithmetic takes too long. */
const MAX_BITS = 1 << 20;

export function isInt(value: Value): value is Int {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The int in its normal form. */
export function normalize(value: bigint): Int {
  return value >= MIN_SAFE && value <= MAX_SAFE ? Number(value) : value;
}

export function add(left: Int, right: Int, meter: Meter): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return settle(BigInt(left) + BigInt(right), meter);
}

export function subtract(left: Int, right: Int, meter: Meter): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return settle(BigInt(left) - BigInt(right), meter);
}

export function multiply(left: Int, right: Int, meter: Meter): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    // Adding 0 turns -0, which is no int, into 0.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  const words = wordCount(left) * wordCount(right);
  meter.work(words / 1024);
  if (wordCount(left) + wordCount(right) > MAX_BITS / 32) throw tooLarge();
  return settle(BigInt(left) * BigInt(right), meter);
}

/** Rounds down; the divisor is not 0. */
export function floorDivide(left: Int, right: Int, meter: Meter): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const remainder = left % right;
    const quotient = (left - remainder) / right + 0;
    return remainder !== 0 && remainder < 0 !== right < 0 ? quotient - 1 : quotient;
  }
  meter.work((wordCount(left) * wordCount(right)) / 256);
  const [dividend, divisor] = [BigInt(left), BigInt(right)];
  const remainder = dividend % divisor;
  const quotient = dividend / divisor;
  return settle(remainder !== 0n && remainder < 0n !== divisor < 0n ? quotient - 1n : quotient, meter);
}

/** The result has the sign of the divisor, which is not 0. */
export function modulo(left: Int, right: Int, meter: Meter): Int {
  if (typeof left === 'number' && typeof right === 'number') {
    const remainder = left % right;
    return (remainder !== 0 && remainder < 0 !== right < 0 ? remainder + right : remainder) + 0;
  }
  meter.work((wordCount(left) * wordCount(right)) / 256);
  const divisor = BigInt(right);
  const remainder = BigInt(left) % divisor;
  return settle(remainder !== 0n && remainder < 0n !== divisor < 0n ? remainder + divisor : remainder, meter);
}

export type BitOperator = '&' | '|' | '^';

export function bitwise(operator: BitOperator, left: Int, right: Int, meter: Meter): Int {
  const [a, b] = [BigInt(left), BigInt(right)];
  if (operator === '&') return settle(a & b, meter);
  return settle(operator === '|' ? a | b : a ^ b, meter);
}

/** `count` is from 0 to 511. */
export function shiftLeft(value: Int, count: number, meter: Meter): Int {
  return settle(BigInt(value) << BigInt(count), meter);
}

export function shiftRight(value: Int, count: number): Int {
  return normalize(BigInt(value) >> BigInt(count));
}

export function negate(value: Int, meter: Meter): Int {
  return subtract(0, value, meter);
}

/** The nearest float; throws where there is none. */
export function toFiniteFloat(value: Int): number {
  const float = Number(value);
  if (!Number.isFinite(float)) throw new Failure('the int is too large to be a float');
  return float;
}

/** The int of an int or (cut towards zero) of a finite float; throws for others. */
export function toInt(value: Value): Int {
  if (isInt(value)) return value;
  if (!(value instanceof Float)) throw new Failure(`cannot convert ${typeName(value)} to int`);
  if (!Number.isFinite(value.value)) throw new Failure('cannot convert an infinite or NaN float to int');
  const whole = Math.trunc(value.value);
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

/** An int of the signed 32-bit range, as indexes and counts must be. */
export function asInt32(value: Value): number {
  if (!isInt(value)) throw new Failure(`got ${typeName(value)}, want int`);
  if (typeof value === 'bigint' || value < -0x80000000 || value > 0x7fffffff) {
    throw new Failure(`the int ${clip(value)} is out of range here`);
  }
  return value;
}

/** Digits of the int in a base. */
export function formatInt(value: Int, base: number, meter: Meter): string {
  if (typeof value === 'bigint') {
    const words = wordCount(value);
    meter.work((words * words) / 64);
    meter.allocate(words * 24);
  }
  return value.toString(base);
}

/** Digits without sign, all of the base, as an int; decimal digits may be many. */
export function parseDigits(digits: string, base: number, meter: Meter): Int {
  if (digits.length > MAX_BITS / 4) throw tooLarge();
  const small = Number.parseInt(digits, base);
  if (Number.isSafeInteger(small)) return small;
  const words = digits.length / 10;
  const prefix = NATIVE_PREFIXES.get(base);
  meter.work((words * words) / (prefix === undefined ? 16 : 64));
  const value = prefix === undefined ? parseInHalves(digits, base).value : BigInt(`${prefix}${digits}`);
  return settle(value, meter);
}

/** Bases whose digits JavaScript reads itself. */
const NATIVE_PREFIXES: ReadonlyMap<number, string> = new Map([
  [2, '0b'],
  [8, '0o'],
  [10, ''],
  [16, '0x'],
]);

/** Halving keeps the multiplications balanced; the depth is the logarithm of the length. */
function parseInHalves(digits: string, base: number): { value: bigint; power: bigint } {
  if (digits.length === 1) return { value: BigInt(Number.parseInt(digits, base)), power: BigInt(base) };
  const middle = digits.length >> 1;
  const high = parseInHalves(digits.slice(0, middle), base);
  const low = parseInHalves(digits.slice(middle), base);
  return { value: high.value * low.power + low.value, power: high.power * low.power };
}

const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function settle(value: bigint, meter: Meter): Int {
  if (value >= MIN_SAFE && value <= MAX_SAFE) return Number(value);
  const words = wordCount(value);
  if (words > MAX_BITS / 64) throw tooLarge();
  meter.work(words / 16);
  meter.allocate(words * 8);
  return value;
}

function wordCount(value: Int): number {
  if (typeof value === 'number') return 1;
  if (value < SMALL && value > -SMALL) return 16;
  return value.toString(16).length / 16;
}

function clip(value: Int): string {
  if (typeof value === 'number' || (value < SMALL && value > -SMALL)) return value.toString();
  return 'with more than 300 digits';
}

function tooLarge(): Failure {
  return new Failure(`an int has more than ${MAX_BITS} bits`, 'limit');
}
