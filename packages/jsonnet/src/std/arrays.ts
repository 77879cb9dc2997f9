import { checkLength } from '../runtime/bounds.ts';
import { equalValues } from '../runtime/compare.ts';
import { expectArray, expectBoolean, expectFunction, expectWholeNumber } from '../runtime/expect.ts';
import { sliceValue } from '../runtime/indexing.ts';
import type { Machine } from '../runtime/machine.ts';
import { joinText } from '../runtime/to-text.ts';
import { ArrayValue, type Cell, typeName, type Value } from '../runtime/values.ts';
import { ArrayBuilder, itemsOf } from './collect.ts';
import { type Definition, type Library, strict } from './define.ts';
import { appendText, scanned } from './strings.ts';

/** Making, joining and searching arrays. */
export function arrayLibrary(): Library {
  return {
    makeArray: strict('sz func', (machine, sz: Value, func: Value) => {
      const size = expectWholeNumber(machine, sz);
      const fn = expectFunction(machine, func);
      const made = new ArrayBuilder(machine);
      for (let index = 0; index < size; index++) made.push(machine.later(() => machine.call(fn, [index])));
      return made.build();
    }),
    range: strict('from to', (machine, from: Value, to: Value) => {
      const end = expectWholeNumber(machine, to);
      const made = new ArrayBuilder(machine);
      for (let at = expectWholeNumber(machine, from); at <= end; at++) made.push(at);
      return made.build();
    }),
    repeat: strict('what count', repeat),
    slice: strict('indexable index end step', (machine, target: Value, from: Value, to: Value, step: Value) =>
      sliceValue(machine, target, [from, to, step]),
    ),
    reverse: strict('arr', (machine, arr: Value) => {
      const { cells } = expectArray(machine, arr);
      machine.spend(cells.length >> 3);
      machine.allocate(48 + 8 * cells.length);
      return new ArrayValue(cells.toReversed());
    }),
    ...joining(),
    ...searching(),
  };
}

function repeat(machine: Machine, what: Value, count: Value): Value {
  const times = Math.max(0, expectWholeNumber(machine, count));
  if (typeof what === 'string') {
    checkLength(machine, what.length * times);
    machine.allocate(32 + what.length * times);
    return what === '' ? '' : what.repeat(times);
  }
  if (!(what instanceof ArrayValue)) {
    return machine.fail(`std.repeat takes an array or a string, got ${typeName(what)}.`);
  }
  const made = new ArrayBuilder(machine);
  for (let time = 0; time < times && what.cells.length > 0; time++)
    for (const cell of what.cells) made.push(cell);
  return made.build();
}

function joining(): Library {
  return {
    join: strict('sep arr', (machine, sep: Value, arr: Value) => {
      const { cells } = expectArray(machine, arr);
      if (typeof sep === 'string') return joinTexts(machine, sep, cells);
      if (sep instanceof ArrayValue) return joinArrays(machine, sep, cells);
      return machine.fail(`The separator of std.join is a string or an array, got ${typeName(sep)}.`);
    }),
    lines: strict('arr', (machine, arr: Value) => {
      const text = joinTexts(machine, '\n', expectArray(machine, arr).cells);
      const isEmpty = expectArray(machine, arr).cells.length === 0;
      return isEmpty ? '' : joinText(machine, text, '\n');
    }),
    deepJoin: strict('arr', deepJoin),
    flattenArrays: strict('arrs', (machine, arrs: Value) => {
      const made = new ArrayBuilder(machine);
      for (const cell of expectArray(machine, arrs).cells) {
        for (const inner of expectArray(machine, machine.force(cell)).cells) made.push(inner);
      }
      return made.build();
    }),
  };
}

/** Null elements are left out, together with their separator. */
function joinTexts(machine: Machine, separator: string, cells: readonly Cell[]): string {
  let text = '';
  let isFirst = true;
  for (const cell of cells) {
    machine.spend(1);
    const value = machine.force(cell);
    if (value === null) continue;
    if (!isFirst) text = joinText(machine, text, separator);
    text = appendText(machine, text, value);
    isFirst = false;
  }
  return text;
}

function joinArrays(machine: Machine, separator: ArrayValue, cells: readonly Cell[]): ArrayValue {
  const made = new ArrayBuilder(machine);
  let isFirst = true;
  for (const cell of cells) {
    machine.spend(1);
    const value = machine.force(cell);
    if (value === null) continue;
    if (!isFirst) for (const item of separator.cells) made.push(item);
    for (const item of expectArray(machine, value).cells) made.push(item);
    isFirst = false;
  }
  return made.build();
}

function deepJoin(machine: Machine, value: Value): string {
  if (typeof value === 'string') return value;
  if (!(value instanceof ArrayValue)) {
    return machine.fail(`std.deepJoin takes strings and arrays of them, got ${typeName(value)}.`);
  }
  machine.enter(2);
  let text = '';
  for (const cell of value.cells) {
    machine.spend(1);
    text = joinText(machine, text, deepJoin(machine, machine.force(cell)));
  }
  return machine.leave(text, 2);
}

function searching(): Library {
  return {
    member: strict('arr x', (machine, arr: Value, x: Value) => {
      if (typeof arr === 'string') return scanned(machine, arr).includes(scanned(machine, x));
      return itemsOf(machine, 'std.member', arr).some((cell) => isEqual(machine, cell, x));
    }),
    count: strict('arr x', (machine, arr: Value, x: Value) => {
      return expectArray(machine, arr).cells.filter((cell) => isEqual(machine, cell, x)).length;
    }),
    find: strict('value arr', (machine, value: Value, arr: Value) => {
      const made = new ArrayBuilder(machine);
      for (const [index, cell] of expectArray(machine, arr).cells.entries()) {
        if (isEqual(machine, cell, value)) made.push(index);
      }
      return made.build();
    }),
    all: quantifier(false),
    any: quantifier(true),
  };
}

function isEqual(machine: Machine, cell: Cell, value: Value): boolean {
  machine.spend(1);
  return equalValues(machine, machine.force(cell), value);
}

/** Stops at the first element that decides. */
function quantifier(decisive: boolean): Definition {
  return strict('arr', (machine: Machine, arr: Value) => {
    for (const cell of expectArray(machine, arr).cells) {
      machine.spend(1);
      if (expectBoolean(machine, machine.force(cell)) === decisive) return decisive;
    }
    return !decisive;
  });
}
