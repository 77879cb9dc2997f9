import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { display, fixed, scientific } from '../text/format-float.ts';
import { encodeRune, MAX_RUNE, runeAt } from '../text/utf8.ts';
import { formatInt, isInt, toInt } from './ints.ts';
import { repr, toText } from './repr.ts';
import { Dict, Float, Tuple, typeName, type Value } from './value.ts';

/** `format % operand`, as bytes. A tuple gives one argument per element, a dict the arguments of `%(name)s`. */
export function interpolate(format: string, operand: Value, meter: Meter): string {
  meter.scan(format.length);
  const source = new Arguments(operand, meter);
  const parts: string[] = [];
  let rest = 0;
  for (let percent = format.indexOf('%'); percent >= 0; percent = format.indexOf('%', rest)) {
    parts.push(format.slice(rest, percent));
    rest = percent + 1;
    if (format[rest] === '%') {
      parts.push('%');
      rest += 1;
      continue;
    }
    let argument: Value;
    if (format[rest] === '(') {
      const end = format.indexOf(')', rest);
      if (end < 0) throw new Failure('a format key lacks its closing parenthesis');
      argument = source.named(format.slice(rest + 1, end));
      rest = end + 1;
    } else {
      argument = source.next();
    }
    const text = convert(format[rest], argument, meter);
    meter.allocate(text.length + 8);
    parts.push(text);
    rest += 1;
  }
  source.finish();
  parts.push(format.slice(rest));
  meter.allocate(format.length);
  return parts.join('');
}

/** Hands out the arguments; named and positional ones are counted alike, as in Starlark-Go. */
class Arguments {
  readonly #operand: Value;
  readonly #items: readonly Value[];
  readonly #meter: Meter;
  #used = 0;

  constructor(operand: Value, meter: Meter) {
    this.#operand = operand;
    this.#items = operand instanceof Tuple ? operand.items : [operand];
    this.#meter = meter;
  }

  named(key: string): Value {
    if (!(this.#operand instanceof Dict))
      throw new Failure(`the format key %(${key}) needs a dict, got ${typeName(this.#operand)}`);
    const entry = this.#operand.table.find(key, this.#meter);
    if (entry === undefined) throw new Failure(`the dict has no key "${key}" for the format`);
    this.#used += 1;
    return entry.value;
  }

  next(): Value {
    const value = this.#items[this.#used];
    if (value === undefined) throw new Failure('the format string needs more arguments than it got');
    this.#used += 1;
    return value;
  }

  finish(): void {
    if (this.#used < this.#items.length && !(this.#operand instanceof Dict)) {
      throw new Failure('the format string needs fewer arguments than it got');
    }
  }
}

function convert(conversion: string | undefined, value: Value, meter: Meter): string {
  switch (conversion) {
    case 's':
      return toText(value, meter);
    case 'r':
      return repr(value, meter);
    case 'd':
    case 'i':
      return formatInt(integer(conversion, value), 10, meter);
    case 'o':
      return formatInt(integer(conversion, value), 8, meter);
    case 'x':
      return formatInt(integer(conversion, value), 16, meter);
    case 'X':
      return formatInt(integer(conversion, value), 16, meter).toUpperCase();
    case 'e':
    case 'E':
      return scientific(float(conversion, value), conversion);
    case 'f':
    case 'F':
      return fixed(float(conversion, value));
    case 'g':
      return display(float(conversion, value));
    case 'G':
      return display(float(conversion, value), 'E');
    case 'c':
      return character(value);
    case '%':
      return '%';
    case undefined:
      throw new Failure('the format string ends after a %; write %% for a percent sign');
    default:
      throw new Failure(`the format has no conversion %${conversion}; write %% for a percent sign`);
  }
}

function integer(conversion: string, value: Value): number | bigint {
  if (!isInt(value) && !(value instanceof Float)) {
    throw new Failure(`the format %${conversion} needs a number, got ${typeName(value)}`);
  }
  return toInt(value);
}

function float(conversion: string, value: Value): number {
  if (value instanceof Float) return value.value;
  if (isInt(value)) return Number(value);
  throw new Failure(`the format %${conversion} needs a number, got ${typeName(value)}`);
}

function character(value: Value): string {
  if (isInt(value)) {
    if (typeof value === 'number' && value >= 0 && value <= MAX_RUNE) return encodeRune(value);
    throw new Failure('the format %c needs a code point from 0 to 0x10FFFF');
  }
  if (typeof value !== 'string')
    throw new Failure(`the format %c needs an int or a string, got ${typeName(value)}`);
  const { code, size } = runeAt(value, 0);
  if (size === 0 || size !== value.length)
    throw new Failure('the format %c needs a string of exactly one character');
  return encodeRune(code);
}
