import type { Meter } from '../limits.ts';
import { Table } from './table.ts';
import { StarlarkSet, type Value } from './value.ts';

/** A new set of the members; throws for members that cannot be hashed. */
export function makeSet(members: readonly Value[], meter: Meter): StarlarkSet {
  const table = new Table();
  for (const member of members) table.set(member, null, meter);
  return new StarlarkSet(table);
}

export function union(left: StarlarkSet, members: readonly Value[], meter: Meter): StarlarkSet {
  const table = left.table.copy(meter);
  for (const member of members) table.set(member, null, meter);
  return new StarlarkSet(table);
}

/** The order is that of `members`. */
export function intersection(left: StarlarkSet, members: readonly Value[], meter: Meter): StarlarkSet {
  return makeSet(
    members.filter((member) => left.table.has(member, meter)),
    meter,
  );
}

export function difference(left: StarlarkSet, members: readonly Value[], meter: Meter): StarlarkSet {
  const table = left.table.copy(meter);
  for (const member of members) table.remove(member, meter);
  return new StarlarkSet(table);
}

export function symmetricDifference(left: StarlarkSet, members: readonly Value[], meter: Meter): StarlarkSet {
  const table = left.table.copy(meter);
  for (const member of members) {
    if (table.remove(member, meter) === undefined) table.set(member, null, meter);
  }
  return new StarlarkSet(table);
}
