import { compareValues, equalValues } from '../runtime/compare.ts';
import { expectArray, expectFunction } from '../runtime/expect.ts';
import type { Machine } from '../runtime/machine.ts';
import { ArrayValue, type Cell, type Value } from '../runtime/values.ts';
import { ArrayBuilder } from './collect.ts';
import { type Definition, type Library, strict } from './define.ts';

/** An element with the key that it is ordered by. */
interface Keyed {
  readonly cell: Cell;
  readonly key: Value;
}

/** Sorting, and sets: sorted arrays without repetition. */
export function setLibrary(): Library {
  return {
    sort: strict('arr keyF?', (machine, arr: Value, keyF?: Value) =>
      arrayOf(machine, sortKeyed(machine, keyedOf(machine, arr, keyF))),
    ),
    uniq: strict('arr keyF?', (machine, arr: Value, keyF?: Value) =>
      arrayOf(machine, dropRepeated(machine, keyedOf(machine, arr, keyF))),
    ),
    set: strict('arr keyF?', (machine, arr: Value, keyF?: Value) =>
      arrayOf(machine, dropRepeated(machine, sortKeyed(machine, keyedOf(machine, arr, keyF)))),
    ),
    setUnion: merger({ onlyLeft: true, both: true, onlyRight: true }),
    setInter: merger({ onlyLeft: false, both: true, onlyRight: false }),
    setDiff: merger({ onlyLeft: true, both: false, onlyRight: false }),
    setMember: strict('x arr keyF?', (machine, x: Value, arr: Value, keyF?: Value) => {
      const one = keyedOf(machine, new ArrayValue([x]), keyF);
      const kept = mergeSets(machine, one, keyedOf(machine, arr, keyF), INTERSECTION);
      return kept.length > 0;
    }),
  };
}

interface Kept {
  readonly onlyLeft: boolean;
  readonly both: boolean;
  readonly onlyRight: boolean;
}

const INTERSECTION: Kept = { onlyLeft: false, both: true, onlyRight: false };

function merger(kept: Kept): Definition {
  return strict('a b keyF?', (machine: Machine, a: Value, b: Value, keyF?: Value) =>
    arrayOf(machine, mergeSets(machine, keyedOf(machine, a, keyF), keyedOf(machine, b, keyF), kept)),
  );
}

function keyedOf(machine: Machine, arr: Value, keyF: Value | undefined): Keyed[] {
  const { cells } = expectArray(machine, arr);
  const fn = keyF === undefined ? undefined : expectFunction(machine, keyF);
  machine.allocate(48 * cells.length);
  return cells.map((cell) => {
    machine.spend(1);
    return { cell, key: fn === undefined ? machine.force(cell) : machine.call(fn, [cell]) };
  });
}

function arrayOf(machine: Machine, items: readonly Keyed[]): ArrayValue {
  const made = new ArrayBuilder(machine);
  for (const { cell } of items) made.push(cell);
  return made.build();
}

function sortKeyed(machine: Machine, items: Keyed[]): Keyed[] {
  return items.sort((left, right) => {
    machine.spend(1);
    return compareValues(machine, left.key, right.key);
  });
}

function dropRepeated(machine: Machine, items: readonly Keyed[]): Keyed[] {
  const kept: Keyed[] = [];
  for (const item of items) {
    const last = kept.at(-1);
    if (last === undefined || !equalValues(machine, last.key, item.key)) kept.push(item);
  }
  return kept;
}

/** Walks both arrays at once; equal keys keep the element of the left one. */
function mergeSets(machine: Machine, left: readonly Keyed[], right: readonly Keyed[], kept: Kept): Keyed[] {
  const merged: Keyed[] = [];
  let at = 0;
  for (const item of left) {
    let isInBoth = false;
    for (let other = right[at]; other !== undefined && !isInBoth; other = right[at]) {
      machine.spend(1);
      isInBoth = equalValues(machine, item.key, other.key);
      if (!isInBoth && compareValues(machine, item.key, other.key) < 0) break;
      if (!isInBoth && kept.onlyRight) merged.push(other);
      at++;
    }
    if (isInBoth ? kept.both : kept.onlyLeft) merged.push(item);
  }
  if (kept.onlyRight) for (const rest of right.slice(at)) merged.push(rest);
  return merged;
}
