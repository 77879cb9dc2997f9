import { Failure } from './errors.ts';
import type { Meter } from './limits.ts';
import { shortest } from './text/format-float.ts';
import { quoteJson } from './text/quote.ts';
import { decodeUtf8 } from './text/utf8.ts';
import { formatInt, isInt } from './values/ints.ts';
import { elementsOf } from './values/iterate.ts';
import { Bytes, Dict, Float, lengthOf, typeName, type Value } from './values/value.ts';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The value as JSON on one line, as Drone writes it: blanks after commas and colons, ints with all their digits,
 * floats in their shortest form. Keys that are numbers, bools or None become strings. Throws a `Failure` for values
 * without a JSON form, for keys that would be equal as text, and beyond the output limit.
 */
export function toJson(value: Value, meter: Meter): string {
  const writer = new Writer(meter);
  writer.write(value, 0);
  return decodeUtf8(writer.bytes());
}

/** Parses what `toJson` wrote. Ints that a JavaScript number cannot hold become strings of their digits. */
export function parseJson(text: string): JsonValue {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return /^-?\d+$/.test(source) ? source : value;
  });
}

const MAX_DEPTH = 200;

class Writer {
  readonly #meter: Meter;
  readonly #parts: string[] = [];
  #size = 0;

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  bytes(): string {
    return this.#parts.join('');
  }

  write(value: Value, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new Failure(`the result nests deeper than ${MAX_DEPTH} levels, or contains itself`, 'limit');
    if (value === null) this.#put('null');
    else if (typeof value === 'boolean') this.#put(value ? 'true' : 'false');
    else if (typeof value === 'string') this.#put(quoteJson(value));
    else if (isInt(value)) this.#put(formatInt(value, 10, this.#meter));
    else if (value instanceof Float) this.#put(floatText(value.value));
    else if (value instanceof Dict) this.#writeDict(value, depth);
    else this.#writeList(value, depth);
  }

  #put(text: string): void {
    this.#size += text.length;
    this.#parts.push(text);
    const { outputBytes } = this.#meter.limits;
    if (this.#size > outputBytes)
      throw new Failure(`the result is larger than ${outputBytes} bytes`, 'limit');
  }

  #writeDict(dict: Dict, depth: number): void {
    this.#put('{');
    const names = new Set<string>();
    for (const { key, value } of dict.table.entries()) {
      const name = keyText(key, this.#meter);
      if (names.has(name))
        throw new Failure(
          `the result has a dict with two keys that are both written ${quoteJson(name)}`,
          'result',
        );
      this.#put(`${names.size > 0 ? ', ' : ''}${quoteJson(name)}: `);
      names.add(name);
      this.write(value, depth + 1);
    }
    this.#put('}');
  }

  /** Lists, tuples, ranges and everything else with elements at indexes. */
  #writeList(value: Value, depth: number): void {
    const elements =
      value instanceof Bytes ? undefined : isSequence(value) ? elementsOf(value, this.#meter) : undefined;
    if (elements === undefined) {
      throw new Failure(
        `the result contains a ${typeName(value)}, which a pipeline cannot have; use strings, numbers, lists and dicts`,
        'result',
      );
    }
    this.#put('[');
    for (const [index, element] of elements.entries()) {
      if (index > 0) this.#put(', ');
      this.write(element, depth + 1);
    }
    this.#put(']');
  }
}

function isSequence(value: Value): boolean {
  return typeName(value) !== 'set' && lengthOf(value) !== undefined;
}

function floatText(value: number): string {
  if (!Number.isFinite(value))
    throw new Failure('the result contains a float that is infinite or no number', 'result');
  return shortest(value);
}

function keyText(key: Value, meter: Meter): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'boolean') return key ? 'true' : 'false';
  if (isInt(key)) return formatInt(key, 10, meter);
  if (key instanceof Float) return floatText(key.value);
  throw new Failure(`the result has a dict with a key of type ${typeName(key)}; use strings`, 'result');
}
