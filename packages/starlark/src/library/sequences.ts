import { Failure } from '../errors.ts';
import { elementsOf, requireElements } from '../values/iterate.ts';
import { makeSet } from '../values/sets.ts';
import { Table } from '../values/table.ts';
import {
  type Call,
  Dict,
  isTruthy,
  List,
  lengthOf,
  Range,
  Tuple,
  typeName,
  type Value,
} from '../values/value.ts';
import { checkPositional, elementsAt, intAt } from './arguments.ts';
import { updateTable } from './dict-methods.ts';
import type { Functions } from './universe.ts';

/** Functions that make or look at sequences, dicts and sets. */
export const SEQUENCES: Functions = [
  ['all', (call) => single(call).every(isTruthy)],
  ['any', (call) => single(call).some(isTruthy)],
  [
    'dict',
    (call) => {
      const table = new Table();
      updateTable(table, call);
      return new Dict(table);
    },
  ],
  ['enumerate', enumerate],
  ['len', len],
  ['list', (call) => new List(optional(call))],
  ['range', range],
  ['reversed', (call) => new List([...reserved(call, single(call))].reverse())],
  ['set', (call) => makeSet(optional(call), call.meter)],
  ['tuple', (call) => new Tuple(optional(call))],
  ['zip', zip],
];

function single(call: Call): readonly Value[] {
  checkPositional(call, 1, 1);
  return elementsAt(call, 0);
}

/** A copy of the elements, or none where there is no argument. */
function optional(call: Call): Value[] {
  checkPositional(call, 0, 1);
  return call.args.length === 0 ? [] : [...reserved(call, elementsAt(call, 0))];
}

function reserved(call: Call, elements: readonly Value[]): readonly Value[] {
  call.meter.allocate(16 + 8 * elements.length);
  return elements;
}

function len(call: Call): number {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  const length = lengthOf(value);
  if (length === undefined) throw new Failure(`len(): a ${typeName(value)} has no length`);
  return length;
}

function enumerate(call: Call): List {
  checkPositional(call, 1, 2);
  const elements = elementsAt(call, 0);
  const start = call.args.length > 1 ? intAt(call, 1) : 0;
  call.meter.allocate(56 * elements.length);
  return new List(elements.map((element, index) => new Tuple([start + index, element])));
}

/** Members must stay safe integers, one step beyond the end included. */
const RANGE_LIMIT = 2 ** 51;

function range(call: Call): Range {
  checkPositional(call, 1, 3);
  const first = intAt(call, 0);
  const [start, stop] = call.args.length === 1 ? [0, first] : [first, intAt(call, 1)];
  const step = call.args.length > 2 ? intAt(call, 2) : 1;
  if (step === 0) throw new Failure('range(): the step cannot be 0');
  if ([start, stop, step].some((bound) => Math.abs(bound) > RANGE_LIMIT)) {
    throw new Failure('range(): the numbers are too large');
  }
  return new Range(start, stop, step);
}

/** As long as the shortest argument. */
function zip(call: Call): List {
  if (call.kwargs.length > 0) throw new Failure('zip() takes no named arguments');
  let rows = call.args.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const value of call.args) rows = Math.min(rows, lengthOf(value) ?? rows);
  const columns = call.args.map((value, index) => {
    return (
      elementsOf(value, call.meter, rows) ??
      requireElements(value, call.meter, `zip(): argument ${index + 1}: `)
    );
  });
  for (const column of columns) rows = Math.min(rows, column.length);
  call.meter.work(rows * columns.length);
  call.meter.allocate(rows * (40 + 8 * columns.length));
  return new List(
    Array.from({ length: rows }, (_, row) => new Tuple(columns.map((column) => column[row] as Value))),
  );
}
