import { Failure } from '../errors.ts';
import { elementsOf, isIterable } from '../values/iterate.ts';
import { repr } from '../values/repr.ts';
import type { Table } from '../values/table.ts';
import { type Call, Dict, List, lengthOf, Tuple, typeName, type Value } from '../values/value.ts';
import { checkPositional, type Method } from './arguments.ts';

export const DICT_METHODS: ReadonlyMap<string, Method<Dict>> = new Map<string, Method<Dict>>([
  [
    'clear',
    (dict, call) => {
      checkPositional(call, 0, 0);
      dict.table.clear();
      return null;
    },
  ],
  [
    'get',
    (dict, call) => {
      checkPositional(call, 1, 2);
      const entry = dict.table.find(call.args[0] ?? null, call.meter);
      return entry === undefined ? (call.args[1] ?? null) : entry.value;
    },
  ],
  ['items', (dict, call) => list(dict, call, ({ key, value }) => new Tuple([key, value]))],
  ['keys', (dict, call) => list(dict, call, ({ key }) => key)],
  [
    'pop',
    (dict, call) => {
      checkPositional(call, 1, 2);
      const key = call.args[0] ?? null;
      const entry = dict.table.remove(key, call.meter);
      if (entry !== undefined) return entry.value;
      const [, fallback] = call.args;
      if (fallback === undefined) throw new Failure(`pop(): the dict has no key ${repr(key, call.meter)}`);
      return fallback;
    },
  ],
  [
    'popitem',
    (dict, call) => {
      checkPositional(call, 0, 0);
      const first = dict.table.entries().next();
      if (first.done === true) throw new Failure('popitem(): the dict is empty');
      const { key, value } = first.value;
      dict.table.remove(key, call.meter);
      return new Tuple([key, value]);
    },
  ],
  [
    'setdefault',
    (dict, call) => {
      checkPositional(call, 1, 2);
      const [key = null, fallback = null] = call.args;
      const entry = dict.table.find(key, call.meter);
      if (entry !== undefined) return entry.value;
      dict.table.set(key, fallback, call.meter);
      return fallback;
    },
  ],
  [
    'update',
    (dict, call) => {
      updateTable(dict.table, call);
      return null;
    },
  ],
  ['values', (dict, call) => list(dict, call, ({ value }) => value)],
]);

/** Adds the entries that `dict(…)` and `update(…)` take: a dict or pairs, then the named arguments. */
export function updateTable(table: Table, call: Call): void {
  if (call.args.length > 1)
    throw new Failure(`${call.name}() takes at most 1 argument, got ${call.args.length}`);
  const [source] = call.args;
  if (source instanceof Dict) {
    for (const { key, value } of [...source.table.entries()]) table.set(key, value, call.meter);
  } else if (source !== undefined) addPairs(table, source, call);
  const names = new Set<string>();
  for (const [name, value] of call.kwargs) {
    if (names.has(name)) throw new Failure(`${call.name}() gets the argument ${name} twice`);
    names.add(name);
    table.set(name, value, call.meter);
  }
}

function addPairs(table: Table, source: Value, call: Call): void {
  const pairs = elementsOf(source, call.meter);
  if (pairs === undefined) throw new Failure(`${call.name}(): got ${typeName(source)}, want a dict or pairs`);
  for (const [index, pair] of pairs.entries()) {
    // A view over code points has no length, so it is no pair either.
    const length = isIterable(pair) ? lengthOf(pair) : undefined;
    if (length !== 2) {
      throw new Failure(
        `${call.name}(): element ${index} is no pair but a ${typeName(pair)} of ${length ?? 'unknown'} elements`,
      );
    }
    const [key = null, value = null] = elementsOf(pair, call.meter) ?? [];
    table.set(key, value, call.meter);
  }
}

function list(dict: Dict, call: Call, pick: (entry: { key: Value; value: Value }) => Value): List {
  checkPositional(call, 0, 0);
  call.meter.work(dict.table.size);
  call.meter.allocate(40 * dict.table.size);
  return new List(Array.from(dict.table.entries(), pick));
}
