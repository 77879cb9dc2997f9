import type { Machine } from './machine.ts';
import { fieldValue, ObjectValue } from './objects.ts';
import { compareText } from './text.ts';
import { ArrayValue, isFunction, typeName, type Value } from './values.ts';

/** Deep equality; objects by their visible fields. Two functions cannot be compared. */
export function equalValues(machine: Machine, left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length !== right.length) return false;
    return machine.scan(left) === machine.scan(right);
  }
  if (left instanceof ArrayValue && right instanceof ArrayValue) return equalArrays(machine, left, right);
  if (left instanceof ObjectValue && right instanceof ObjectValue) return equalObjects(machine, left, right);
  if (isFunctionPair(left, right)) return machine.fail('Functions cannot be compared.');
  return left === right;
}

function isFunctionPair(left: Value, right: Value): boolean {
  return isFunction(left) && isFunction(right);
}

function equalArrays(machine: Machine, left: ArrayValue, right: ArrayValue): boolean {
  if (left.cells.length !== right.cells.length) return false;
  machine.enter(2);
  for (const [index, cell] of left.cells.entries()) {
    machine.spend(1);
    const other = right.cells[index] ?? null;
    if (!equalValues(machine, machine.force(cell), machine.force(other))) return machine.leave(false, 2);
  }
  return machine.leave(true, 2);
}

function equalObjects(machine: Machine, left: ObjectValue, right: ObjectValue): boolean {
  const names = left.visibleNames(machine);
  const others = right.visibleNames(machine);
  if (names.length !== others.length || names.some((name, index) => name !== others[index])) return false;
  machine.enter(2);
  for (const name of names) {
    machine.spend(1);
    if (!equalValues(machine, fieldValue(machine, left, name), fieldValue(machine, right, name))) {
      return machine.leave(false, 2);
    }
  }
  return machine.leave(true, 2);
}

/** Orders two numbers, two strings or two arrays of such. Negative, zero or positive. */
export function compareValues(machine: Machine, left: Value, right: Value): number {
  if (typeof left === 'number' && typeof right === 'number')
    return left === right ? 0 : left < right ? -1 : 1;
  if (typeof left === 'string' && typeof right === 'string') {
    return compareText(machine.scan(left), machine.scan(right));
  }
  if (left instanceof ArrayValue && right instanceof ArrayValue) return compareArrays(machine, left, right);
  return machine.fail(
    `Only two numbers, two strings or two arrays can be ordered, not ${typeName(left)} and ${typeName(right)}.`,
  );
}

function compareArrays(machine: Machine, left: ArrayValue, right: ArrayValue): number {
  machine.enter(2);
  const length = Math.min(left.cells.length, right.cells.length);
  for (let index = 0; index < length; index++) {
    machine.spend(1);
    const a = machine.force(left.cells[index] ?? null);
    const b = machine.force(right.cells[index] ?? null);
    const order = compareValues(machine, a, b);
    if (order !== 0) return machine.leave(order, 2);
  }
  return machine.leave(left.cells.length - right.cells.length, 2);
}
