import { failed } from '../failure.ts';
import { typeName, type Value } from '../value.ts';

type BasicKind = 'bool' | 'complex' | 'int' | 'uint' | 'float' | 'string' | 'other';

/** Go's `eq`: true when the first equals any of the others. Numbers of different kinds do not compare. */
export function isEqualToAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw failed('There is nothing to compare with.');
  return others.some((other) => isEqual(first, other));
}

function isEqual(left: Value, right: Value): boolean {
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind !== rightKind) {
    if (areIntegers(leftKind, rightKind)) return integer(left) === integer(right);
    if (isNil(left) || isNil(right)) return isAbsent(left) && isAbsent(right);
    throw failed(`${typeName(left)} and ${typeName(right)} cannot be compared.`);
  }
  if (leftKind === 'other') return isSame(left, right);
  if (leftKind === 'complex') return isSameComplex(left, right);
  return scalar(left) === scalar(right);
}

/** Go's `lt`. Throws for everything that has no order. */
export function isLess(left: Value, right: Value): boolean {
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind === 'other' || rightKind === 'other' || isAbsent(left) || isAbsent(right))
    throw failed(`${typeName(leftKind === 'other' ? left : right)} has no order.`);
  if (leftKind !== rightKind) {
    if (areIntegers(leftKind, rightKind)) return integer(left) < integer(right);
    throw failed(`${typeName(left)} and ${typeName(right)} cannot be compared.`);
  }
  if (leftKind === 'bool' || leftKind === 'complex') throw failed(`${typeName(left)} has no order.`);
  return scalar(left) < scalar(right);
}

function basicKind(value: Value): BasicKind {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    default:
      break;
  }
  if (typeof value !== 'object' || value === null) return 'other';
  if (value.kind === 'sized') return value.type === 'uint8' ? 'uint' : 'int';
  if (value.kind === 'html') return 'string';
  return value.kind === 'complex' ? 'complex' : 'other';
}

function areIntegers(left: BasicKind, right: BasicKind): boolean {
  return (left === 'int' && right === 'uint') || (left === 'uint' && right === 'int');
}

function scalar(value: Value): boolean | string | number | bigint {
  if (typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'object' && value?.kind === 'html') return value.text;
  return integer(value);
}

function integer(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'object' && value?.kind === 'sized' ? value.value : 0n;
}

function isSameComplex(left: Value, right: Value): boolean {
  if (typeof left !== 'object' || left?.kind !== 'complex') return false;
  if (typeof right !== 'object' || right?.kind !== 'complex') return false;
  return left.real === right.real && left.imaginary === right.imaginary;
}

function isAbsent(value: Value): boolean {
  return value === undefined || value === null;
}

/** Absent, or a nil list. */
function isNil(value: Value): boolean {
  return isAbsent(value) || (typeof value === 'object' && value?.kind === 'list' && value.isNil === true);
}

/** Two values that are neither numbers nor text. Lists, maps and functions compare with nil only. */
function isSame(left: Value, right: Value): boolean {
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (left.kind !== right.kind && !(isStruct(left) && isStruct(right)))
    throw failed(`${typeName(left)} and ${typeName(right)} cannot be compared.`);
  if (!isStruct(right)) throw failed(`Values of type ${typeName(right)} cannot be compared.`);
  if (left.kind === 'time' && right.kind === 'time')
    return (
      left.seconds === right.seconds && left.nanoseconds === right.nanoseconds && left.zone === right.zone
    );
  if (left.kind !== 'struct' || right.kind !== 'struct' || left.type !== right.type) return false;
  return [...left.fields].every(([name, value]) => isSameField(value, right.fields.get(name)));
}

function isStruct(value: { readonly kind: string }): boolean {
  return value.kind === 'struct' || value.kind === 'time';
}

/** Fields are interfaces: values of different types are unequal. */
function isSameField(left: Value, right: Value): boolean {
  if (typeName(left) !== typeName(right)) return false;
  return isNil(left) || isEqual(left, right);
}
