import { Failure } from '../errors.ts';
import { requireElements } from '../values/iterate.ts';
import { difference, intersection, makeSet, symmetricDifference } from '../values/sets.ts';
import type { Table } from '../values/table.ts';
import { type Call, StarlarkSet, type Value } from '../values/value.ts';
import { checkPositional, elementsAt, type Method } from './arguments.ts';

export const SET_METHODS: ReadonlyMap<string, Method<StarlarkSet>> = new Map<string, Method<StarlarkSet>>([
  [
    'add',
    ({ table }, call) => {
      checkPositional(call, 1, 1);
      table.set(call.args[0] ?? null, null, call.meter);
      return null;
    },
  ],
  [
    'clear',
    ({ table }, call) => {
      checkPositional(call, 0, 0);
      if (table.size > 0) table.clear();
      return null;
    },
  ],
  ['difference', (set, call) => difference(set, other(call), call.meter)],
  [
    'discard',
    ({ table }, call) => {
      checkPositional(call, 1, 1);
      const [member = null] = call.args;
      table.checkMutable('delete from');
      if (table.has(member, call.meter)) table.remove(member, call.meter);
      return null;
    },
  ],
  ['intersection', (set, call) => intersection(set, other(call), call.meter)],
  [
    'issubset',
    ({ table }, call) => {
      const others = other(call);
      if (table.size === 0) return true;
      const members = makeSet(others, call.meter);
      return includesAll(
        members.table,
        Array.from(table.entries(), ({ key }) => key),
        call,
      );
    },
  ],
  ['issuperset', ({ table }, call) => includesAll(table, other(call), call)],
  [
    'pop',
    ({ table }, call) => {
      checkPositional(call, 0, 0);
      const first = table.entries().next();
      if (first.done === true) throw new Failure('pop(): the set is empty');
      table.remove(first.value.key, call.meter);
      return first.value.key;
    },
  ],
  [
    'remove',
    ({ table }, call) => {
      checkPositional(call, 1, 1);
      if (table.remove(call.args[0] ?? null, call.meter) === undefined) {
        throw new Failure('remove(): the set has no such member');
      }
      return null;
    },
  ],
  ['symmetric_difference', (set, call) => symmetricDifference(set, other(call), call.meter)],
  [
    'union',
    (set, call) => {
      const table = set.table.copy(call.meter);
      addAll(table, call);
      return new StarlarkSet(table);
    },
  ],
  [
    'update',
    ({ table }, call) => {
      addAll(table, call);
      return null;
    },
  ],
]);

function other(call: Call): readonly Value[] {
  checkPositional(call, 1, 1);
  return elementsAt(call, 0);
}

function includesAll(table: Table, members: readonly Value[], call: Call): boolean {
  return members.every((member) => table.has(member, call.meter));
}

function addAll(table: Table, call: Call): void {
  if (call.kwargs.length > 0) throw new Failure(`${call.name}() takes no named arguments`);
  for (const source of call.args) {
    for (const member of requireElements(source, call.meter, `${call.name}(): `))
      table.set(member, null, call.meter);
  }
}
