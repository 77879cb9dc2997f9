import { Failure } from '../errors.ts';
import { compare } from '../values/compare.ts';
import { hold, release } from '../values/iterate.ts';
import { type Call, List, Tuple, type Value } from '../values/value.ts';
import { asBoolean, asCallable, elementsAt, unpack, unpackNamed } from './arguments.ts';
import type { Functions } from './universe.ts';

/** Functions that compare the elements of an iterable. */
export const ORDERING: Functions = [
  ['max', (call) => extreme(call, '>')],
  ['min', (call) => extreme(call, '<')],
  ['sorted', sorted],
];

function extreme(call: Call, operator: '<' | '>'): Value {
  if (call.args.length === 0) throw new Failure(`${call.name}() needs at least one argument`);
  const [key] = unpackNamed(call, ['key']);
  const source = call.args.length === 1 ? (call.args[0] ?? null) : new Tuple(call.args);
  const elements = elementsAt({ ...call, args: [source] }, 0);
  const keys = keysOf(call, source, elements, key);
  let best = 0;
  for (let index = 1; index < elements.length; index += 1) {
    if (compare(operator, keys[index] as Value, keys[best] as Value, call.meter)) best = index;
  }
  const result = elements[best];
  if (result === undefined) throw new Failure(`${call.name}(): there are no elements to choose from`);
  return result;
}

function sorted(call: Call): List {
  const [iterable = null, key, reverse = false] = unpack(call, ['iterable', 'key', 'reverse'], 1);
  const isReverse = asBoolean(call, reverse);
  const elements = elementsAt({ ...call, args: [iterable] }, 0);
  const keys = keysOf(call, iterable, elements, key);
  call.meter.allocate(24 * elements.length);
  const pairs = elements.map((element, index) => ({ element, key: keys[index] as Value }));
  // The order of equal elements stays, also when the order is reversed.
  pairs.sort((left, right) => {
    const [a, b] = isReverse ? [right.key, left.key] : [left.key, right.key];
    if (compare('<', a, b, call.meter)) return -1;
    return compare('<', b, a, call.meter) ? 1 : 0;
  });
  return new List(pairs.map(({ element }) => element));
}

function keysOf(
  call: Call,
  source: Value,
  elements: readonly Value[],
  key: Value | undefined,
): readonly Value[] {
  if (key === undefined) return elements;
  const callable = asCallable(call, key);
  hold(source);
  const keys = elements.map((element) => call.host.call(callable, [element], []));
  release(source);
  return keys;
}
