import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { isInt } from './ints.ts';
import {
  Bytes,
  Dict,
  Float,
  List,
  Range,
  StarlarkSet,
  Struct,
  Tuple,
  typeName,
  type Value,
  View,
} from './value.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** Values nested deeper than this are not compared, as in Starlark-Go. */
const MAX_DEPTH = 10;

export function isEqual(left: Value, right: Value, meter: Meter, depth = MAX_DEPTH): boolean {
  if (typeof left === 'string' && depth > 0) {
    meter.scan(left.length);
    return left === right;
  }
  return compare('==', left, right, meter, depth);
}

/** The result of a comparison operator; throws where the operator is not defined for the two values. */
export function compare(
  operator: Comparison,
  left: Value,
  right: Value,
  meter: Meter,
  depth = MAX_DEPTH,
): boolean {
  if (depth < 1) throw new Failure(`the comparison nests deeper than ${MAX_DEPTH} levels`);
  meter.work(1);
  const order = scalarOrder(left, right, meter);
  if (order !== undefined) return holds(operator, order);
  if (left instanceof List && right instanceof List) {
    return compareItems(operator, left.items, right.items, meter, depth);
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    return compareItems(operator, left.items, right.items, meter, depth);
  }
  if (left instanceof StarlarkSet && right instanceof StarlarkSet)
    return compareSets(operator, left, right, meter);
  if (operator === '==') return isSame(left, right, meter, depth);
  if (operator === '!=') return !isSame(left, right, meter, depth);
  throw new Failure(`${typeName(left)} ${operator} ${typeName(right)} is not defined`);
}

/** Negative, zero or positive for two values of a totally ordered type; `undefined` for all others. */
function scalarOrder(left: Value, right: Value, meter: Meter): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.scan(Math.min(left.length, right.length));
    return orderOf(left, right);
  }
  if (isInt(left) || left instanceof Float) {
    if (isInt(right) || right instanceof Float) return numberOrder(numeric(left), numeric(right));
    return undefined;
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Bytes && right instanceof Bytes) {
    meter.scan(Math.min(left.data.length, right.data.length));
    return orderOf(left.data, right.data);
  }
  return undefined;
}

function numeric(value: number | bigint | Float): number | bigint {
  return value instanceof Float ? value.value : value;
}

/** NaN equals itself and is greater than everything else. */
function numberOrder(left: number | bigint, right: number | bigint): number {
  if (left < right) return -1;
  if (left > right) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: compares a number with a bigint by value
  if (left == right) return 0;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

function orderOf(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function compareItems(
  operator: Comparison,
  left: readonly Value[],
  right: readonly Value[],
  meter: Meter,
  depth: number,
): boolean {
  const isEquality = operator === '==' || operator === '!=';
  if (isEquality && left.length !== right.length) return operator === '!=';
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const [a, b] = [left[index] as Value, right[index] as Value];
    if (isEqual(a, b, meter, depth - 1)) continue;
    return isEquality ? operator === '!=' : compare(operator, a, b, meter, depth - 1);
  }
  return holds(operator, left.length - right.length);
}

/** Order of sets is inclusion. */
function compareSets(operator: Comparison, left: StarlarkSet, right: StarlarkSet, meter: Meter): boolean {
  const difference = left.table.size - right.table.size;
  switch (operator) {
    case '==':
      return difference === 0 && includesAll(left, right, meter);
    case '!=':
      return difference !== 0 || !includesAll(left, right, meter);
    case '<':
      return difference < 0 && includesAll(right, left, meter);
    case '<=':
      return difference <= 0 && includesAll(right, left, meter);
    case '>':
      return difference > 0 && includesAll(left, right, meter);
    case '>=':
      return difference >= 0 && includesAll(left, right, meter);
  }
}

function includesAll(larger: StarlarkSet, smaller: StarlarkSet, meter: Meter): boolean {
  for (const { key } of smaller.table.entries()) {
    if (!larger.table.has(key, meter)) return false;
  }
  return true;
}

function isSame(left: Value, right: Value, meter: Meter, depth: number): boolean {
  if (left instanceof Dict && right instanceof Dict) return isSameDict(left, right, meter, depth);
  if (left instanceof Range && right instanceof Range) return isSameRange(left, right);
  if (left instanceof Struct && right instanceof Struct) return isSameStruct(left, right, meter, depth);
  if (left instanceof View && right instanceof View)
    return left.kind === right.kind && left.data === right.data;
  return left === right;
}

function isSameDict(left: Dict, right: Dict, meter: Meter, depth: number): boolean {
  if (left.table.size !== right.table.size) return false;
  for (const { key, value } of left.table.entries()) {
    const entry = right.table.find(key, meter);
    if (entry === undefined || !isEqual(value, entry.value, meter, depth - 1)) return false;
  }
  return true;
}

function isSameRange(left: Range, right: Range): boolean {
  if (left.length !== right.length) return false;
  if (left.length === 0) return true;
  return left.start === right.start && (left.length === 1 || left.step === right.step);
}

function isSameStruct(left: Struct, right: Struct, meter: Meter, depth: number): boolean {
  if (left.fields.size !== right.fields.size || left.constructorName !== right.constructorName) return false;
  for (const [name, value] of left.fields) {
    const other = right.fields.get(name);
    if (other === undefined || !isEqual(value, other, meter, depth - 1)) return false;
  }
  return true;
}
