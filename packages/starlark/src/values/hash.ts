import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { Builtin, Bytes, Float, Func, Struct, Tuple, typeName, type Value } from './value.ts';

/** What stands for a Starlark key in a JavaScript map: equal values have the same, others never. */
export type MapKey = string | number | bigint | boolean | null | object;

// Byte strings have no characters above U+00FF, so these prefixes cannot be mistaken for one.
const COMPOUND = '\u0100';
const MAX_DEPTH = 200;

/** The map key of a value; throws for values that cannot be hashed. */
export function keyOf(value: Value, meter: Meter): MapKey {
  if (typeof value === 'string') {
    meter.scan(value.length);
    return value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Float) return floatKey(value.value);
  if (value instanceof Func || value instanceof Builtin) return value;
  const parts: string[] = [COMPOUND];
  appendKey(value, parts, meter, 0);
  const key = parts.join('');
  meter.allocate(key.length);
  return key;
}

/** Floats that are integers are equal to ints. */
function floatKey(value: number): number | bigint {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return BigInt(value);
  return value;
}

function appendKey(value: Value, parts: string[], meter: Meter, depth: number): void {
  meter.work(1);
  meter.allocate(8);
  if (typeof value === 'string') parts.push(`s${value.length}:${value}`);
  else if (typeof value === 'boolean' || value === null) parts.push(`b${value};`);
  else if (typeof value !== 'object') parts.push(`n${value};`);
  else if (value instanceof Float) parts.push(`n${floatKey(value.value)};`);
  else if (value instanceof Bytes) parts.push(`y${value.data.length}:${value.data}`);
  else if (value instanceof Func || value instanceof Builtin) parts.push(`o${meter.identity(value)};`);
  else if (value instanceof Tuple) {
    parts.push('(');
    appendAll(value.items, parts, meter, depth + 1);
    parts.push(')');
  } else if (value instanceof Struct) {
    parts.push(`{${value.constructorName.length}:${value.constructorName}`);
    for (const name of value.fields.keys()) parts.push(`s${name.length}:${name}`);
    appendAll(value.fields.values(), parts, meter, depth + 1);
    parts.push('}');
  } else {
    throw new Failure(
      `a ${typeName(value)} cannot be a key or a member of a set, because it cannot be hashed`,
    );
  }
}

function appendAll(values: Iterable<Value>, parts: string[], meter: Meter, depth: number): void {
  if (depth > MAX_DEPTH) throw new Failure(`a key nests deeper than ${MAX_DEPTH} levels`, 'limit');
  for (const value of values) appendKey(value, parts, meter, depth);
}
