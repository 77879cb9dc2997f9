import type { Meter } from '../limits.ts';
import { Builtin, Dict, Func, List, StarlarkSet, Struct, Tuple, type Value } from './value.ts';

/** Makes the values and everything that can be reached from them unchangeable. */
export function freeze(values: Iterable<Value | undefined>, meter: Meter): void {
  const pending: (Value | undefined)[] = [...values];
  const seen = new Set<object>();
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const part of freezeOne(value)) {
      meter.work(1);
      pending.push(part);
    }
  }
}

/** Freezes the value itself and gives the values that it holds. */
function freezeOne(value: Value & object): Iterable<Value | undefined> {
  if (value instanceof List) {
    value.isFrozen = true;
    return value.items;
  }
  if (value instanceof Dict || value instanceof StarlarkSet) {
    value.table.isFrozen = true;
    return Array.from(value.table.entries(), (entry) => [entry.key, entry.value]).flat();
  }
  if (value instanceof Tuple) return value.items;
  if (value instanceof Struct) return value.fields.values();
  if (value instanceof Builtin) return [value.receiver];
  if (value instanceof Func) return [...value.defaults, ...value.free.map((cell) => cell.value)];
  return [];
}
