import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { arithmetic } from './arithmetic.ts';
import { type Comparison, compare, isEqual } from './compare.ts';
import { interpolate } from './interpolate.ts';
import { asInt32, bitwise, type Int, isInt, negate, shiftLeft, shiftRight } from './ints.ts';
import { difference, intersection, symmetricDifference, union } from './sets.ts';
import {
  Bytes,
  Dict,
  Float,
  isTruthy,
  List,
  Range,
  StarlarkSet,
  Struct,
  Tuple,
  typeName,
  type Value,
} from './value.ts';

export type BinaryOperator =
  | Comparison
  | 'in'
  | 'not in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '|'
  | '&'
  | '^'
  | '<<'
  | '>>';

export type UnaryOperator = '+' | '-' | '~' | 'not';

/** Applies a binary operator; throws where it is not defined for the two values. */
export function binary(operator: BinaryOperator, left: Value, right: Value, meter: Meter): Value {
  switch (operator) {
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, left, right, meter);
    case 'in':
      return isMember(left, right, meter);
    case 'not in':
      return !isMember(left, right, meter);
    case '+':
      return add(left, right, meter);
    case '*':
      return multiply(left, right, meter);
    case '%':
      if (typeof left === 'string') return interpolate(left, right, meter);
      return arithmetic(operator, left, right, meter) ?? undefinedFor(operator, left, right);
    case '-':
      return arithmetic(operator, left, right, meter) ?? bits(operator, left, right, meter);
    case '/':
    case '//':
      return arithmetic(operator, left, right, meter) ?? undefinedFor(operator, left, right);
    default:
      return bits(operator, left, right, meter);
  }
}

export function unary(operator: UnaryOperator, value: Value, meter: Meter): Value {
  if (operator === 'not') return !isTruthy(value);
  if (isInt(value)) {
    if (operator === '+') return value;
    return operator === '-' ? negate(value, meter) : bitwise('^', value, -1, meter);
  }
  if (value instanceof Float && operator !== '~') return operator === '+' ? value : new Float(-value.value);
  throw new Failure(`the operator ${operator} is not defined for ${typeName(value)}`);
}

/** Whether `member in container`; throws where the container has no members. */
export function isMember(member: Value, container: Value, meter: Meter): boolean {
  if (typeof container === 'string') {
    if (typeof member !== 'string')
      throw new Failure(`only a string can be in a string, not ${typeName(member)}`);
    meter.scan(container.length);
    return container.includes(member);
  }
  if (container instanceof List || container instanceof Tuple) {
    return container.items.some((item) => isEqual(item, member, meter));
  }
  if (container instanceof Dict) return isKey(member, container, meter);
  if (container instanceof StarlarkSet) return container.table.has(member, meter);
  if (container instanceof Range) return isInRange(member, container);
  if (container instanceof Bytes) return isInBytes(member, container, meter);
  throw undefinedOperator('in', member, container);
}

function add(left: Value, right: Value, meter: Meter): Value {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.allocate(left.length + right.length);
    return left + right;
  }
  if (left instanceof List && right instanceof List) {
    meter.allocate(16 + 8 * (left.items.length + right.items.length));
    return new List([...left.items, ...right.items]);
  }
  if (left instanceof Tuple && right instanceof Tuple) {
    meter.allocate(16 + 8 * (left.items.length + right.items.length));
    return new Tuple([...left.items, ...right.items]);
  }
  if (left instanceof Bytes && right instanceof Bytes) {
    meter.allocate(left.data.length + right.data.length);
    return new Bytes(left.data + right.data);
  }
  if (left instanceof Struct && right instanceof Struct) return addStructs(left, right, meter);
  return arithmetic('+', left, right, meter) ?? undefinedFor('+', left, right);
}

function addStructs(left: Struct, right: Struct, meter: Meter): Struct {
  if (left.constructorName !== right.constructorName) {
    throw new Failure(
      `cannot add the structs ${left.constructorName} and ${right.constructorName}, they differ in kind`,
    );
  }
  meter.allocate(64 * (left.fields.size + right.fields.size));
  return new Struct(left.constructorName, new Map([...left.fields, ...right.fields]));
}

function multiply(left: Value, right: Value, meter: Meter): Value {
  const product = arithmetic('*', left, right, meter);
  if (product !== undefined) return product;
  const repeated = isInt(right) ? repeat(left, right, meter) : undefined;
  if (repeated !== undefined) return repeated;
  return (isInt(left) ? repeat(right, left, meter) : undefined) ?? undefinedFor('*', left, right);
}

function repeat(value: Value, times: Int, meter: Meter): Value | undefined {
  if (typeof value === 'string') return value.repeat(repetitions(value.length, times, 1, meter));
  if (value instanceof Bytes)
    return new Bytes(value.data.repeat(repetitions(value.data.length, times, 1, meter)));
  if (value instanceof List) return new List(repeatItems(value.items, times, meter));
  if (value instanceof Tuple) return new Tuple(repeatItems(value.items, times, meter));
  return undefined;
}

function repeatItems(items: readonly Value[], times: Int, meter: Meter): Value[] {
  const count = repetitions(items.length, times, 8, meter);
  meter.work(items.length * count);
  const result: Value[] = new Array(items.length * count);
  for (let index = 0; index < result.length; index += 1) result[index] = items[index % items.length] as Value;
  return result;
}

function repetitions(length: number, times: Int, unitBytes: number, meter: Meter): number {
  if (length === 0) return 0;
  const count = Math.max(0, asInt32(times));
  meter.allocate(16 + length * count * unitBytes);
  return count;
}

function bits(operator: '-' | '|' | '&' | '^' | '<<' | '>>', left: Value, right: Value, meter: Meter): Value {
  if (isInt(left)) {
    if (operator === '<<' || operator === '>>') return shift(operator, left, right, meter);
    if (isInt(right) && operator !== '-') return bitwise(operator, left, right, meter);
  }
  if (left instanceof StarlarkSet && right instanceof StarlarkSet) {
    const members = Array.from(right.table.entries(), ({ key }) => key);
    if (operator === '|') return union(left, members, meter);
    if (operator === '&') return intersection(left, members, meter);
    if (operator === '-') return difference(left, members, meter);
    if (operator === '^') return symmetricDifference(left, members, meter);
  }
  if (left instanceof Dict && right instanceof Dict && operator === '|') {
    const table = left.table.copy(meter);
    table.addAll(right.table, meter);
    return new Dict(table);
  }
  return undefinedFor(operator, left, right);
}

function shift(operator: '<<' | '>>', left: Int, right: Value, meter: Meter): Int {
  const count = asInt32(right);
  if (count < 0) throw new Failure(`cannot shift by the negative number ${count}`);
  if (operator === '>>') return shiftRight(left, count);
  if (count >= 512) throw new Failure(`cannot shift left by ${count}, 511 is the most`);
  return shiftLeft(left, count, meter);
}

/** A member that cannot be hashed is in no dict; asking is no error, as in Starlark-Go. */
function isKey(member: Value, dict: Dict, meter: Meter): boolean {
  try {
    return dict.table.has(member, meter);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'runtime') return false;
    throw error;
  }
}

function isInRange(member: Value, range: Range): boolean {
  if (!isInt(member) && !(member instanceof Float)) {
    throw new Failure(`only an int can be in a range, not ${typeName(member)}`);
  }
  const number = Math.trunc(Number(member instanceof Float ? member.value : member));
  if (!Number.isFinite(number) && member instanceof Float)
    throw new Failure('a float that is no number cannot be in a range');
  if (Math.abs(number) > 0x80000000 || number === 0x80000000) return false;
  const index = (number - range.start) / range.step;
  return Number.isInteger(index) && index >= 0 && index < range.length;
}

function isInBytes(member: Value, container: Bytes, meter: Meter): boolean {
  meter.scan(container.data.length);
  if (member instanceof Bytes) return container.data.includes(member.data);
  if (!isInt(member)) throw new Failure(`only bytes or an int can be in bytes, not ${typeName(member)}`);
  if (member < 0 || member > 255) throw new Failure('an int that may be in bytes is from 0 to 255');
  return container.data.includes(String.fromCharCode(Number(member)));
}

function undefinedFor(operator: string, left: Value, right: Value): never {
  throw undefinedOperator(operator, left, right);
}

function undefinedOperator(operator: string, left: Value, right: Value): Failure {
  return new Failure(`the operator ${operator} is not defined for ${typeName(left)} and ${typeName(right)}`);
}
