import { expectArray, expectBoolean, expectFunction } from '../runtime/expect.ts';
import type { Machine } from '../runtime/machine.ts';
import type { Cell, FunctionValue, Value } from '../runtime/values.ts';
import { ArrayBuilder, itemsOf } from './collect.ts';
import { type Library, strict } from './define.ts';
import { appendText } from './strings.ts';

/** Functions that call a function for every element. */
export function functionalLibrary(): Library {
  return {
    map: strict('func arr', (machine, func: Value, arr: Value) => {
      const fn = expectFunction(machine, func);
      return mapCells(machine, itemsOf(machine, 'std.map', arr), (cell) => machine.call(fn, [cell]));
    }),
    mapWithIndex: strict('func arr', (machine, func: Value, arr: Value) => {
      const fn = expectFunction(machine, func);
      const cells = itemsOf(machine, 'std.mapWithIndex', arr);
      return mapCells(machine, cells, (cell, index) => machine.call(fn, [index, cell]));
    }),
    filter: strict('func arr', (machine, func: Value, arr: Value) => {
      const kept = new ArrayBuilder(machine);
      for (const cell of filterCells(machine, func, arr)) kept.push(cell);
      return kept.build();
    }),
    filterMap: strict('filter_func map_func arr', (machine, filter: Value, map: Value, arr: Value) => {
      const fn = expectFunction(machine, map);
      return mapCells(machine, filterCells(machine, filter, arr), (cell) => machine.call(fn, [cell]));
    }),
    flatMap: strict('func arr', flatMap),
    foldl: strict('func arr init', (machine, func: Value, arr: Value, init: Value) => {
      const fn = expectFunction(machine, func);
      return fold(machine, itemsOf(machine, 'std.foldl', arr), init, (sum, cell) =>
        machine.call(fn, [sum, cell]),
      );
    }),
    foldr: strict('func arr init', (machine, func: Value, arr: Value, init: Value) => {
      const fn = expectFunction(machine, func);
      const cells = itemsOf(machine, 'std.foldr', arr).toReversed();
      return fold(machine, cells, init, (sum, cell) => machine.call(fn, [cell, sum]));
    }),
  };
}

/** The elements are computed when they are needed. */
function mapCells(
  machine: Machine,
  cells: readonly Cell[],
  change: (cell: Cell, index: number) => Value,
): Value {
  const made = new ArrayBuilder(machine);
  for (const [index, cell] of cells.entries()) made.push(machine.later(() => change(cell, index)));
  return made.build();
}

function filterCells(machine: Machine, func: Value, arr: Value): Cell[] {
  const fn: FunctionValue = expectFunction(machine, func);
  const kept: Cell[] = [];
  for (const cell of expectArray(machine, arr).cells) {
    machine.spend(1);
    machine.allocate(8);
    if (expectBoolean(machine, machine.call(fn, [cell]))) kept.push(cell);
  }
  return kept;
}

/** Of an array: the arrays that the function returns, joined. Of a string: the strings, joined. */
function flatMap(machine: Machine, func: Value, arr: Value): Value {
  const fn = expectFunction(machine, func);
  const cells = itemsOf(machine, 'std.flatMap', arr);
  if (typeof arr === 'string') {
    let text = '';
    for (const cell of cells) text = appendText(machine, text, machine.call(fn, [cell]));
    return text;
  }
  const made = new ArrayBuilder(machine);
  for (const cell of cells) {
    machine.spend(1);
    for (const inner of expectArray(machine, machine.call(fn, [cell])).cells) made.push(inner);
  }
  return made.build();
}

function fold(
  machine: Machine,
  cells: readonly Cell[],
  init: Value,
  join: (sum: Value, cell: Cell) => Value,
): Value {
  let sum = init;
  for (const cell of cells) {
    machine.spend(1);
    sum = join(sum, cell);
  }
  return sum;
}
