import type { Machine } from './machine.ts';
import { ObjectValue } from './objects.ts';
import { ArrayValue, type FunctionValue, isFunction, type TypeName, typeName, type Value } from './values.ts';

/** Each of these returns the value with its type known, or fails naming both types. */
export function expectString(machine: Machine, value: Value): string {
  return typeof value === 'string' ? value : mismatch(machine, value, 'string');
}

export function expectNumber(machine: Machine, value: Value): number {
  return typeof value === 'number' ? value : mismatch(machine, value, 'number');
}

export function expectBoolean(machine: Machine, value: Value): boolean {
  return typeof value === 'boolean' ? value : mismatch(machine, value, 'boolean');
}

export function expectArray(machine: Machine, value: Value): ArrayValue {
  return value instanceof ArrayValue ? value : mismatch(machine, value, 'array');
}

export function expectObject(machine: Machine, value: Value): ObjectValue {
  return value instanceof ObjectValue ? value : mismatch(machine, value, 'object');
}

export function expectFunction(machine: Machine, value: Value): FunctionValue {
  return isFunction(value) ? value : mismatch(machine, value, 'function');
}

/** A whole number of 32 bits, as counts and ranges are. */
export function expectWholeNumber(machine: Machine, value: Value): number {
  const number = expectNumber(machine, value);
  return number === (number | 0)
    ? number
    : machine.fail(`Expected a whole number of 32 bits, got ${number}.`);
}

/** A whole number; the fraction is cut off as the reference does. */
export function expectInteger(machine: Machine, value: Value): number {
  return Math.trunc(expectNumber(machine, value));
}

function mismatch(machine: Machine, value: Value, expected: TypeName): never {
  return machine.fail(`Expected a value of type ${expected}, got ${typeName(value)}.`);
}
