import { failed } from '../failure.ts';
import { print, println } from '../format/print.ts';
import { printf } from '../format/printf.ts';
import type { CallEnvironment, GoFunction, Parameter } from '../function-table.ts';
import { shortCircuit } from '../run/short-circuit.ts';
import { isTrue, type Value } from '../value.ts';
import { isEqualToAny, isLess } from './compare.ts';
import { escapeHtmlAndNul, escapeJs, escapeQuery } from './escape.ts';
import { indexValue, lengthOf, sliceValue } from './indexing.ts';

const VALUE: readonly Parameter[] = ['value'];
const PAIR: readonly Parameter[] = ['value', 'value'];

/** The functions that Go's text/template has by itself. */
export const BUILTINS: Readonly<Record<string, GoFunction>> = {
  and: { parameters: VALUE, rest: 'value', call: shortCircuit },
  or: { parameters: VALUE, rest: 'value', call: shortCircuit },
  not: { parameters: VALUE, call: (_, [value]) => !isTrue(value) },
  len: { parameters: VALUE, call: (_, [value]) => lengthOf(value) },
  index: { parameters: VALUE, rest: 'value', call: (_, [item, ...indexes]) => indexValue(item, indexes) },
  slice: {
    parameters: VALUE,
    rest: 'value',
    call: ({ budget }, [item, ...indexes]) => sliceValue(budget, item, indexes),
  },
  call: { parameters: VALUE, rest: 'value', call: (_, [fn, ...args]) => callValue(fn, args) },
  print: { parameters: [], rest: 'any', call: ({ budget }, args) => print(budget, args) },
  println: { parameters: [], rest: 'any', call: ({ budget }, args) => println(budget, args) },
  printf: {
    parameters: ['string'],
    rest: 'any',
    call: ({ budget }, [format, ...args]) => printf(budget, String(format), args),
  },
  html: escaper(escapeHtmlAndNul),
  js: escaper(escapeJs),
  urlquery: escaper(escapeQuery),
  eq: { parameters: VALUE, rest: 'value', call: (_, [first, ...others]) => isEqualToAny(first, others) },
  ne: { parameters: PAIR, call: (_, [left, right]) => !isEqualToAny(left, [right]) },
  lt: { parameters: PAIR, call: (_, [left, right]) => isLess(left, right) },
  le: { parameters: PAIR, call: (_, [left, right]) => isLessOrEqual(left, right) },
  gt: { parameters: PAIR, call: (_, [left, right]) => !isLessOrEqual(left, right) },
  ge: { parameters: PAIR, call: (_, [left, right]) => !isLess(left, right) },
};

/** Not the same as "not greater": NaN is neither. */
function isLessOrEqual(left: Value, right: Value): boolean {
  return isLess(left, right) || isEqualToAny(left, [right]);
}

function escaper(encode: (text: string) => string): GoFunction {
  return { parameters: [], rest: 'any', call: (env, args) => escapeAll(env, args, encode) };
}

function escapeAll(
  { budget }: CallEnvironment,
  args: readonly Value[],
  encode: (text: string) => string,
): string {
  // A nil is written as an action would write it.
  const text = print(
    budget,
    args.map((arg) => arg ?? '<no value>'),
  );
  // Every byte may become six.
  budget.allocate(text.length * 6);
  budget.step(text.length / 32);
  return encode(text);
}

function callValue(fn: Value, args: readonly Value[]): Value {
  if (typeof fn !== 'object' || fn?.kind !== 'callable') throw failed('Only a function can be called.');
  return fn.call(args);
}
