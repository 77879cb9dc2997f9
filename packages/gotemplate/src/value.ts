import type { Budget } from './limits.ts';

/**
 * The values a template computes with, with Go's kinds kept apart. `undefined` is Go's invalid value (a missing key,
 * printed `<no value>`), `null` a nil interface, a JavaScript string a byte string (text/bytes.ts), a bigint Go's
 * `int`, a number Go's `float64`.
 */
export type Value =
  | undefined
  | null
  | boolean
  | string
  | bigint
  | number
  | SizedInt
  | Html
  | Complex
  | List
  | GoMap
  | Struct
  | Time
  | Callable;

/** An integer of another type than `int`: a byte of a string, a month, a weekday. */
export interface SizedInt {
  readonly kind: 'sized';
  readonly type: 'uint8' | 'time.Month' | 'time.Weekday';
  readonly value: bigint;
}

/** `template.HTML`, what the encoders return: a string of another type. */
export interface Html {
  readonly kind: 'html';
  readonly text: string;
}

export interface Complex {
  readonly kind: 'complex';
  readonly real: number;
  readonly imaginary: number;
}

export interface List {
  readonly kind: 'list';
  readonly element: ElementType;
  readonly items: readonly Value[];
  /** A nil slice: prints like an empty one, but is `null` in JSON. */
  readonly isNil?: boolean;
}

export interface GoMap {
  readonly kind: 'map';
  readonly element: ElementType;
  readonly entries: ReadonlyMap<string, Value>;
}

/** Elements of `any` containers are interfaces, so they may be nil. */
export type ElementType = 'any' | 'string';

export interface Struct {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: ReadonlyMap<string, Value>;
  /** Other names under which a field is reached; they are not printed. */
  readonly aliases: ReadonlyMap<string, string>;
}

export interface Time {
  readonly kind: 'time';
  /** Unix seconds, a whole number. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly zone: Zone;
}

/** `name` may be empty (the offset is printed instead); `offset` is seconds east of UTC. */
export interface Zone {
  readonly name: string;
  readonly offset: number;
}

export interface Callable {
  readonly kind: 'callable';
  readonly call: (args: readonly Value[]) => Value;
}

export const UTC: Zone = { name: 'UTC', offset: 0 };

export function anyList(items: readonly Value[]): List {
  return { kind: 'list', element: 'any', items };
}

export function stringList(items: readonly string[]): List {
  return { kind: 'list', element: 'string', items };
}

/** Go's name of the value's type, as `%T` prints it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    default:
      return value === null ? '<nil>' : compoundTypeName(value);
  }
}

function compoundTypeName(
  value: Exclude<Value, undefined | null | boolean | string | bigint | number>,
): string {
  switch (value.kind) {
    case 'sized':
      return value.type;
    case 'html':
      return 'template.HTML';
    case 'complex':
      return 'complex128';
    case 'list':
      return `[]${elementName(value.element)}`;
    case 'map':
      return `map[string]${elementName(value.element)}`;
    case 'struct':
      return value.type;
    case 'time':
      return 'time.Time';
    case 'callable':
      return 'func(...interface {}) (interface {}, error)';
  }
}

function elementName(element: ElementType): string {
  return element === 'any' ? 'interface {}' : 'string';
}

/** What Go returns for a key that a map lacks, where it does not say "missing". */
export function zeroOf(element: ElementType): Value {
  return element === 'any' ? null : '';
}

/** Go's truth: zero, empty and nil are false, structs always true. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'object') return typeof value === 'number' ? value !== 0 : Boolean(value);
  switch (value.kind) {
    case 'sized':
      return value.value !== 0n;
    case 'html':
      return value.text !== '';
    case 'complex':
      return value.real !== 0 || value.imaginary !== 0;
    case 'list':
      return value.items.length > 0;
    case 'map':
      return value.entries.size > 0;
    default:
      return true;
  }
}

/** Keys in the order in which Go ranges over and prints maps: by bytes. */
export function sortedKeys(budget: Budget, map: GoMap): string[] {
  // Sorting takes far longer than the first element of a loop that breaks off.
  budget.step(map.entries.size / 2);
  return [...map.entries.keys()].sort(compareBytes);
}

/** Byte strings compare by character code, which is by byte. */
export function compareBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
