import { expectInteger, expectString } from './expect.ts';
import type { Machine } from './machine.ts';
import { fieldValue, ObjectValue } from './objects.ts';
import { ArrayValue, typeName, type Value } from './values.ts';

/** `target[key]` of an object, an array or a string. */
export function indexValue(machine: Machine, target: Value, key: Value): Value {
  if (target instanceof ObjectValue)
    return fieldValue(machine, target, machine.scan(expectString(machine, key)));
  if (target instanceof ArrayValue) {
    const cell = target.cells[checkIndex(machine, key, target.cells.length)];
    return cell === undefined ? null : machine.force(cell);
  }
  if (typeof target === 'string') {
    const length = machine.countCharacters(target);
    const index = checkIndex(machine, key, length);
    return length === target.length ? target.charAt(index) : (machine.characters(target)[index] ?? null);
  }
  return machine.fail(`A value of type ${typeName(target)} has no elements or fields.`);
}

function checkIndex(machine: Machine, key: Value, length: number): number {
  const index = expectInteger(machine, key);
  if (index >= 0 && index < length) return index;
  return machine.fail(`The index ${index} lies outside the ${length} elements.`);
}

/** `target[from:to:step]`; a missing part is null. Negative parts are errors. */
export function sliceValue(machine: Machine, target: Value, parts: readonly Value[]): Value {
  if (typeof target !== 'string' && !(target instanceof ArrayValue)) {
    return machine.fail(`Only a string or an array can be sliced, not a value of type ${typeName(target)}.`);
  }
  const items = typeof target === 'string' ? machine.characters(target) : target.cells;
  const [from, to, step] = parts.map((part) => {
    const number = part === null || part === undefined ? undefined : expectSliceNumber(machine, part);
    if (number !== undefined && number < 0) machine.fail('The parts of a slice cannot be negative.');
    return number;
  });
  if (step === 0) machine.fail('The step of a slice must be greater than 0.');
  const picked = pick(machine, items, from ?? 0, Math.min(to ?? items.length, items.length), step ?? 1);
  return typeof target === 'string' ? picked.join('') : new ArrayValue(picked);
}

function expectSliceNumber(machine: Machine, value: Value): number {
  return typeof value === 'number'
    ? value
    : machine.fail(`The parts of a slice are numbers, got ${typeName(value)}.`);
}

/** Positions may be fractions; each is cut off when it is used. */
function pick<Item>(
  machine: Machine,
  items: readonly Item[],
  from: number,
  to: number,
  step: number,
): Item[] {
  const picked: Item[] = [];
  for (let at = from; at < to; at += step) {
    const item = items[Math.trunc(at)];
    if (item !== undefined) picked.push(item);
    machine.spend(1);
    machine.allocate(8);
  }
  return picked;
}
