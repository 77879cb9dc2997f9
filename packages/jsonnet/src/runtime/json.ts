import type { JsonObject, JsonValue } from '../json-value.ts';
import type { Machine } from './machine.ts';
import { checkAssertions, fieldValue, ObjectValue, objectOf } from './objects.ts';
import { ArrayValue, type Cell, isFunction, type Value } from './values.ts';

/** Like `toJson`, but the assertions of an object without visible fields count as well. */
export function toCheckedJson(machine: Machine, value: Value): JsonValue {
  return convert(machine, value, { isChecked: true, depth: 0 });
}

/** Computes everything inside a value. Hidden fields are left out; a function is an error. */
export function toJson(machine: Machine, value: Value): JsonValue {
  return convert(machine, value, { isChecked: false, depth: 0 });
}

interface Conversion {
  readonly isChecked: boolean;
  readonly depth: number;
}

function convert(machine: Machine, value: Value, at: Conversion): JsonValue {
  machine.spend(1);
  machine.allocate(32 + 3 * at.depth);
  if (typeof value === 'string') {
    machine.allocate(value.length);
    return machine.scan(value);
  }
  if (value === null || typeof value !== 'object') return value;
  if (isFunction(value))
    return machine.fail('A function cannot be part of the output; call it, or hide its field with "::".');
  machine.enter(2);
  const inner = { isChecked: at.isChecked, depth: at.depth + 1 };
  const json =
    value instanceof ObjectValue ? objectToJson(machine, value, inner) : arrayToJson(machine, value, inner);
  return machine.leave(json, 2);
}

function arrayToJson(machine: Machine, value: ArrayValue, at: Conversion): JsonValue {
  const items: JsonValue[] = [];
  for (const cell of value.cells) items.push(convert(machine, machine.force(cell), at));
  return items;
}

function objectToJson(machine: Machine, value: ObjectValue, at: Conversion): JsonValue {
  if (at.isChecked) checkAssertions(machine, value);
  const entries: [string, JsonValue][] = [];
  for (const name of value.visibleNames(machine)) {
    machine.allocate(name.length);
    entries.push([name, convert(machine, fieldValue(machine, value, name), at)]);
  }
  // Defines properties instead of assigning them, so "__proto__" is a name like any other.
  return Object.fromEntries(entries);
}

/** The other direction, for what was parsed. */
export function fromJson(machine: Machine, json: JsonValue): Value {
  machine.spend(1);
  machine.allocate(48);
  // Half a surrogate pair is no character.
  if (typeof json === 'string') return json.toWellFormed();
  if (json === null || typeof json !== 'object') return json;
  machine.enter(2);
  if (Array.isArray(json)) {
    const cells: Cell[] = [];
    for (const item of json) cells.push(fromJson(machine, item));
    return machine.leave(new ArrayValue(cells), 2);
  }
  return machine.leave(objectOf(entriesFromJson(machine, json)), 2);
}

function entriesFromJson(machine: Machine, json: JsonObject): [string, Cell][] {
  return Object.entries(json).map(([name, value]) => [name.toWellFormed(), fromJson(machine, value)]);
}
