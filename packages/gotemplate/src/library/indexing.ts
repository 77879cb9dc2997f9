import { failed } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { typeName, type Value, zeroOf } from '../value.ts';

/** Go's `index`: `index x 1 2` is x[1][2]; a key that a map lacks gives its zero value. */
export function indexValue(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined || item === null) throw failed('nil cannot be indexed.');
  let value: Value = item;
  for (const index of indexes) value = indexOnce(value, index);
  return value;
}

function indexOnce(item: Value, index: Value): Value {
  if (item === undefined || item === null) throw failed('nil cannot be indexed.');
  if (typeof item === 'string' || (typeof item === 'object' && item.kind === 'html')) {
    const text = typeof item === 'string' ? item : item.text;
    const at = toIndex(index, text.length);
    if (at === text.length) throw outOfRange(at);
    return { kind: 'sized', type: 'uint8', value: BigInt(text.charCodeAt(at)) };
  }
  if (typeof item === 'object' && item.kind === 'list') {
    const at = toIndex(index, item.items.length);
    if (at === item.items.length) throw outOfRange(at);
    return item.items[at];
  }
  if (typeof item !== 'object' || item.kind !== 'map')
    throw failed(`A value of type ${typeName(item)} cannot be indexed.`);
  if (typeof index !== 'string') throw failed(`The key of a map must be a string, not ${typeName(index)}.`);
  return item.entries.has(index) ? item.entries.get(index) : zeroOf(item.element);
}

/** Go's `slice`: `slice x 1 2` is x[1:2], in bytes for strings. */
export function sliceValue(budget: Budget, item: Value, indexes: readonly Value[]): Value {
  if (indexes.length > 3) throw failed('slice takes at most three indexes.');
  if (typeof item === 'string' || (typeof item === 'object' && item?.kind === 'html')) {
    const text = typeof item === 'string' ? item : item.text;
    if (indexes.length === 3) throw failed('A string is sliced with at most two indexes.');
    const [from, to] = toRange(indexes, text.length);
    const sliced = text.slice(from, to);
    return typeof item === 'string' ? sliced : { kind: 'html', text: sliced };
  }
  if (typeof item !== 'object' || item?.kind !== 'list')
    throw failed(`A value of type ${typeName(item)} cannot be sliced.`);
  const [from, to] = toRange(indexes, item.items.length);
  budget.allocate((to - from) * 8);
  return { kind: 'list', element: item.element, items: item.items.slice(from, to) };
}

function toRange(indexes: readonly Value[], length: number): readonly [number, number] {
  const [from = 0, to = length, capacity = length] = indexes.map((index) => toIndex(index, length));
  if (from > to || to > capacity) throw failed(`The indexes ${from} and ${to} are not in order.`);
  return [from, to];
}

/** A whole number from 0 to `limit`, both included. */
function toIndex(index: Value, limit: number): number {
  const number = typeof index === 'object' && index?.kind === 'sized' ? index.value : index;
  if (typeof number !== 'bigint') throw failed(`An index must be a whole number, not ${typeName(index)}.`);
  if (number < 0n || number > BigInt(limit)) throw outOfRange(number);
  return Number(number);
}

function outOfRange(index: number | bigint): Error {
  return failed(`The index ${index} is out of range.`);
}

/** Go's `len`, in bytes for strings. */
export function lengthOf(value: Value): bigint {
  if (typeof value === 'string') return BigInt(value.length);
  if (typeof value === 'object' && value !== null) {
    if (value.kind === 'html') return BigInt(value.text.length);
    if (value.kind === 'list') return BigInt(value.items.length);
    if (value.kind === 'map') return BigInt(value.entries.size);
  }
  throw failed(`A value of type ${typeName(value)} has no length.`);
}
