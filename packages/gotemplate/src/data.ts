import { failed } from './failure.ts';
import type { Budget } from './limits.ts';
import { decodeUtf8, encodeUtf8 } from './text/bytes.ts';
import type { Callable, Struct, Value } from './value.ts';

/**
 * What callers give to templates and get from them. Whole numbers and bigints are Go `int`, other numbers `float64`
 * (`float(1)` makes a whole one); objects and maps are `map[string]any`; `undefined` in them is nil.
 */
export type GoValue =
  | null
  | undefined
  | boolean
  | string
  | bigint
  | number
  | GoFloat
  | GoRecord
  | GoStringMap
  | TemplateFunction
  | readonly GoValue[]
  | ReadonlyMap<string, GoValue>
  | { readonly [key: string]: GoValue };

/** A function that a template may call. What it throws becomes an error at the place of the call. */
export type TemplateFunction = (...args: readonly GoValue[]) => GoValue;

export class GoFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A Go struct: fields in order, an unknown field is an error. `aliases` maps further names to field names. */
export class GoRecord {
  readonly type: string;
  readonly fields: ReadonlyMap<string, GoValue>;
  readonly aliases: ReadonlyMap<string, string>;
  constructor(type: string, fields: ReadonlyMap<string, GoValue>, aliases: ReadonlyMap<string, string>) {
    this.type = type;
    this.fields = fields;
    this.aliases = aliases;
  }
}

/** A `map[string]string`: `index` gives an empty string for a key that it lacks. */
export class GoStringMap {
  readonly entries: ReadonlyMap<string, string>;
  constructor(entries: ReadonlyMap<string, string>) {
    this.entries = entries;
  }
}

/** A Go `float64`, also for whole numbers. */
export function float(value: number): GoFloat {
  return new GoFloat(value);
}

/**
 * A Go struct with capitalised field names. With `aliases: { slug: 'Slug' }` the template may write `.slug` as well
 * (pipeline.md 9.2); printing shows the fields once.
 */
export function record(
  fields: Readonly<Record<string, GoValue>>,
  options: { readonly type?: string; readonly aliases?: Readonly<Record<string, string>> } = {},
): GoRecord {
  const aliases = new Map(Object.entries(options.aliases ?? {}));
  return new GoRecord(options.type ?? 'struct', new Map(Object.entries(fields)), aliases);
}

export function stringMap(entries: Readonly<Record<string, string>>): GoStringMap {
  return new GoStringMap(new Map(Object.entries(entries)));
}

/** The caller's data as template values. Fails with `limit` when it is nested too deep (a cycle, for example). */
export function toValue(data: GoValue, budget: Budget): Value {
  if (data === undefined || data === null) return null;
  switch (typeof data) {
    case 'boolean':
      return data;
    case 'string':
      return keepString(data, budget);
    case 'bigint':
      return toInt(data);
    case 'number':
      return Number.isInteger(data) && Math.abs(data) < 2 ** 63 ? BigInt(data) : data;
    case 'function':
      return toCallable(data, budget);
    default:
      break;
  }
  budget.enter();
  const value = toCompound(data, budget);
  budget.leave();
  return value;
}

function toCompound(data: Exclude<GoValue, null | undefined> & object, budget: Budget): Value {
  if (data instanceof GoFloat) return data.value;
  if (isList(data)) {
    budget.allocate(data.length * 16);
    return { kind: 'list', element: 'any', items: data.map((item) => toValue(item, budget)) };
  }
  if (data instanceof GoRecord) {
    return { kind: 'struct', type: encodeUtf8(data.type), ...toFields(data, budget) };
  }
  if (data instanceof GoStringMap) {
    return { kind: 'map', element: 'string', entries: toEntries(data.entries, budget) };
  }
  const entries = data instanceof Map ? data : Object.entries(data);
  return { kind: 'map', element: 'any', entries: toEntries(entries, budget) };
}

function toFields({ fields, aliases }: GoRecord, budget: Budget): Pick<Struct, 'fields' | 'aliases'> {
  const encoded = [...aliases].map(([alias, name]) => [encodeUtf8(alias), encodeUtf8(name)] as const);
  return { fields: toEntries(fields, budget), aliases: new Map(encoded) };
}

function isList(data: object): data is readonly GoValue[] {
  return Array.isArray(data);
}

function toEntries(entries: Iterable<readonly [string, GoValue]>, budget: Budget): Map<string, Value> {
  const result = new Map<string, Value>();
  for (const [key, value] of entries) {
    budget.allocate(32);
    result.set(keepString(key, budget), toValue(value, budget));
  }
  return result;
}

function keepString(text: string, budget: Budget): string {
  budget.allocate(text.length);
  return encodeUtf8(text);
}

function toInt(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw failed(`${value} does not fit into 64 bits.`);
  return value;
}

/** A caller's function as a value, for the table of functions and for `call`. */
export function toCallable(fn: TemplateFunction, budget: Budget): Callable {
  return { kind: 'callable', call: (args) => toValue(fn(...args.map(toPlain)), budget) };
}

/** A template value as plain data: whole numbers as numbers where they are exact, maps as `Map`. */
export function toPlain(value: Value): GoValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return decodeUtf8(value);
  if (typeof value === 'bigint') return toPlainInt(value);
  if (typeof value !== 'object') return value;
  switch (value.kind) {
    case 'sized':
      return Number(value.value);
    case 'html':
      return decodeUtf8(value.text);
    case 'list':
      return value.isNil ? null : value.items.map(toPlain);
    case 'map':
      return toPlainEntries(value.entries);
    case 'struct':
      return new GoRecord(decodeUtf8(value.type), toPlainEntries(value.fields), new Map());
    case 'callable':
      throw failed('A function cannot be given to a function of the caller.');
    case 'time':
      return new Date(value.seconds * 1000 + value.nanoseconds / 1e6).toISOString();
    case 'complex':
      throw failed('A complex number cannot be given to a function of the caller.');
  }
}

function toPlainInt(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function toPlainEntries(entries: ReadonlyMap<string, Value>): Map<string, GoValue> {
  const plain = new Map<string, GoValue>();
  for (const [key, value] of entries) plain.set(decodeUtf8(key), toPlain(value));
  return plain;
}
