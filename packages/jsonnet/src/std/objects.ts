import { equalValues } from '../runtime/compare.ts';
import { expectBoolean, expectFunction, expectObject, expectString } from '../runtime/expect.ts';
import type { Machine } from '../runtime/machine.ts';
import { fieldValue, ObjectValue, objectOf } from '../runtime/objects.ts';
import { ArrayValue, type Cell, type Value } from '../runtime/values.ts';
import { ArrayBuilder, textArray } from './collect.ts';
import { type Definition, type Library, lazy, strict } from './define.ts';

/** Fields and values of objects. */
export function objectLibrary(): Library {
  return {
    objectFields: lister(false, (machine, _, name) => machine.scan(name)),
    objectFieldsAll: lister(true, (machine, _, name) => machine.scan(name)),
    objectFieldsEx: strict('obj hidden', (machine, obj: Value, hidden: Value) =>
      textArray(machine, namesOf(machine, expectObject(machine, obj), expectBoolean(machine, hidden))),
    ),
    objectValues: lister(false, delayedField),
    objectValuesAll: lister(true, delayedField),
    objectKeysValues: lister(false, keyAndValue),
    objectKeysValuesAll: lister(true, keyAndValue),
    objectHas: strict('o f', (machine, o: Value, f: Value) => hasField(machine, o, f, false)),
    objectHasAll: strict('o f', (machine, o: Value, f: Value) => hasField(machine, o, f, true)),
    objectHasEx: strict('obj fname hidden', (machine, obj: Value, name: Value, hidden: Value) =>
      hasField(machine, obj, name, expectBoolean(machine, hidden)),
    ),
    get: lazy('o f default? inc_hidden?', (machine, o: Cell, f: Cell, fallback?: Cell, hidden?: Cell) => {
      const object = expectObject(machine, machine.force(o));
      const name = expectString(machine, machine.force(f));
      const isHiddenIncluded = hidden === undefined || expectBoolean(machine, machine.force(hidden));
      const isThere = hasField(machine, object, name, isHiddenIncluded);
      return isThere ? fieldValue(machine, object, name) : machine.force(fallback ?? null);
    }),
    mapWithKey: strict('func obj', (machine, func: Value, obj: Value) => {
      const fn = expectFunction(machine, func);
      const object = expectObject(machine, obj);
      return mapNames(machine, object.visibleNames(machine), (name) => {
        const value = machine.later(() => fieldValue(machine, object, name));
        return machine.later(() => machine.call(fn, [name, value]));
      });
    }),
    mergePatch: strict('target patch', mergePatch),
    prune: strict('a', prune),
  };
}

export function namesOf(machine: Machine, object: ObjectValue, isHiddenIncluded: boolean): readonly string[] {
  return isHiddenIncluded ? object.allNames(machine) : object.visibleNames(machine);
}

function lister(
  isHiddenIncluded: boolean,
  item: (machine: Machine, object: ObjectValue, name: string) => Cell,
): Definition {
  return strict('o', (machine: Machine, o: Value) => {
    const object = expectObject(machine, o);
    const made = new ArrayBuilder(machine);
    for (const name of namesOf(machine, object, isHiddenIncluded)) made.push(item(machine, object, name));
    return made.build();
  });
}

function delayedField(machine: Machine, object: ObjectValue, name: string): Cell {
  return machine.later(() => fieldValue(machine, object, name));
}

function keyAndValue(machine: Machine, object: ObjectValue, name: string): Cell {
  machine.allocate(160);
  return objectOf([
    ['key', name],
    ['value', delayedField(machine, object, name)],
  ]);
}

function hasField(machine: Machine, o: Value, f: Value, isHiddenIncluded: boolean): boolean {
  const object = expectObject(machine, o);
  const name = machine.scan(expectString(machine, f));
  return isHiddenIncluded ? object.has(machine, name) : object.hasVisible(machine, name);
}

function mapNames(machine: Machine, names: Iterable<string>, make: (name: string) => Cell): ObjectValue {
  const entries: [string, Cell][] = [];
  for (const name of names) {
    machine.spend(1);
    machine.allocate(96);
    entries.push([name, make(name)]);
  }
  machine.allocate(160);
  return objectOf(entries);
}

/** RFC 7396: null removes a field, objects are merged, everything else replaces. */
function mergePatch(machine: Machine, target: Value, patch: Value): Value {
  if (!(patch instanceof ObjectValue)) return patch;
  const base = target instanceof ObjectValue ? target : objectOf([]);
  const removed = patch.visibleNames(machine).filter((name) => fieldValue(machine, patch, name) === null);
  const names = new Set([...base.visibleNames(machine), ...patch.visibleNames(machine)]);
  for (const name of removed) names.delete(name);
  return mapNames(machine, names, (name) =>
    machine.later(() => {
      if (!patch.hasVisible(machine, name)) return fieldValue(machine, base, name);
      const old = base.hasVisible(machine, name) ? fieldValue(machine, base, name) : null;
      return mergePatch(machine, old, fieldValue(machine, patch, name));
    }),
  );
}

/** Leaves out nulls and everything that is empty after its own nulls are gone. */
function prune(machine: Machine, value: Value): Value {
  machine.enter(2);
  machine.spend(4);
  if (value instanceof ArrayValue) {
    const kept = new ArrayBuilder(machine);
    for (const cell of value.cells) {
      const pruned = prune(machine, machine.force(cell));
      if (isContent(machine, pruned)) kept.push(pruned);
    }
    return machine.leave(kept.build(), 2);
  }
  if (!(value instanceof ObjectValue)) return machine.leave(value, 2);
  const entries: [string, Value][] = [];
  for (const name of value.visibleNames(machine)) {
    const pruned = prune(machine, fieldValue(machine, value, name));
    if (isContent(machine, pruned)) entries.push([name, pruned]);
  }
  machine.allocate(160 + 96 * entries.length);
  return machine.leave(objectOf(entries), 2);
}

function isContent(machine: Machine, value: Value): boolean {
  if (value instanceof ArrayValue) return value.cells.length > 0;
  if (value instanceof ObjectValue) return value.visibleNames(machine).length > 0;
  return !equalValues(machine, value, null);
}
