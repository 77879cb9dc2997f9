import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { asInt32 } from './ints.ts';
import { repr } from './repr.ts';
import { Bytes, Dict, List, lengthOf, Range, Tuple, typeName, type Value, View } from './value.ts';

/** `container[key]` */
export function getIndex(container: Value, key: Value, meter: Meter): Value {
  if (container instanceof Dict) {
    const entry = container.table.find(key, meter);
    if (entry === undefined) throw new Failure(`the dict has no key ${clip(repr(key, meter))}`);
    return entry.value;
  }
  if (!isIndexable(container)) throw new Failure(`a ${typeName(container)} cannot be indexed`);
  return elementAt(container, position(container, key));
}

/** `container[key] = value` */
export function setIndex(container: Value, key: Value, value: Value, meter: Meter): void {
  if (container instanceof Dict) {
    container.table.set(key, value, meter);
    return;
  }
  if (!(container instanceof List))
    throw new Failure(`elements of a ${typeName(container)} cannot be assigned`);
  const index = position(container, key);
  checkMutable(container, 'assign to an element of');
  container.items[index] = value;
}

/** `value[low:high:step]`; `null` stands for a missing part. */
export function slice(value: Value, low: Value, high: Value, step: Value, meter: Meter): Value {
  if (!isIndexable(value) || value instanceof View)
    throw new Failure(`a ${typeName(value)} cannot be sliced`);
  const length = lengthOf(value) ?? 0;
  const stride = step === null ? 1 : asInt32(step);
  if (stride === 0) throw new Failure('the step of a slice cannot be 0');
  const { start, end } = stride > 0 ? bounds(low, high, length) : reverseBounds(low, high, length);
  if (value instanceof Range) return sliceRange(value, start, end, stride);
  const count = Math.max(0, Math.ceil((end - start) / stride));
  meter.allocate(16 + count * (value instanceof List || value instanceof Tuple ? 8 : 1));
  meter.work(stride === 1 ? count / 16 : count);
  if (typeof value === 'string') return pickText(value, start, end, stride);
  if (value instanceof Bytes) return new Bytes(pickText(value.data, start, end, stride));
  const items = pickItems(value.items, start, end, stride);
  return value instanceof List ? new List(items) : new Tuple(items);
}

/** Start and end as positions from 0 to `length`; negative ones count from the end, `null` and `undefined` are open. */
export function bounds(
  low: Value | undefined,
  high: Value | undefined,
  length: number,
): { start: number; end: number } {
  const start = clamp(offset(low, length) ?? 0, length);
  return { start, end: Math.max(start, clamp(offset(high, length) ?? length, length)) };
}

/** Throws where the list is frozen or being iterated over; `verb` completes the message. */
export function checkMutable(list: List, verb: string): void {
  if (list.isFrozen)
    throw new Failure(`cannot ${verb} a frozen list (top-level values are frozen when main runs)`);
  if (list.iterators > 0) throw new Failure(`cannot ${verb} a list while iterating over it`);
}

type Indexable = string | Bytes | List | Tuple | Range | View;

function isIndexable(value: Value): value is Indexable {
  if (typeof value === 'string') return true;
  if (value instanceof View) return value.kind.startsWith('elem');
  return value instanceof List || value instanceof Tuple || value instanceof Bytes || value instanceof Range;
}

function position(container: Indexable, key: Value): number {
  const length = lengthOf(container) ?? 0;
  const index = asInt32(key);
  const result = index < 0 ? index + length : index;
  if (result >= 0 && result < length) return result;
  if (length === 0)
    throw new Failure(`the index ${index} is out of range, the ${typeName(container)} is empty`);
  throw new Failure(`the index ${index} is out of range, the ${typeName(container)} has ${length} elements`);
}

function elementAt(container: Indexable, index: number): Value {
  if (typeof container === 'string') return container.charAt(index);
  if (container instanceof Bytes) return new Bytes(container.data.charAt(index));
  if (container instanceof Range) return container.start + index * container.step;
  if (container instanceof View) {
    return container.kind === 'elems' ? container.data.charAt(index) : container.data.charCodeAt(index);
  }
  return container.items[index] as Value;
}

function offset(value: Value | undefined, length: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  const index = asInt32(value);
  return index < 0 ? index + length : index;
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length);
}

function reverseBounds(low: Value, high: Value, length: number): { start: number; end: number } {
  const start = Math.min(offset(low, length) ?? length - 1, length - 1);
  const end = Math.max(offset(high, length) ?? -1, -1);
  return { start: Math.max(start, end), end };
}

function pickText(text: string, start: number, end: number, stride: number): string {
  if (stride === 1) return text.slice(start, end);
  const parts: string[] = [];
  for (let index = start; stride > 0 ? index < end : index > end; index += stride)
    parts.push(text.charAt(index));
  return parts.join('');
}

function pickItems(items: readonly Value[], start: number, end: number, stride: number): Value[] {
  if (stride === 1) return items.slice(start, end);
  const picked: Value[] = [];
  for (let index = start; stride > 0 ? index < end : index > end; index += stride)
    picked.push(items[index] as Value);
  return picked;
}

function sliceRange(range: Range, start: number, end: number, stride: number): Range {
  const [first, last, step] = [
    range.start + range.step * start,
    range.start + range.step * end,
    range.step * stride,
  ];
  if (![first, last, step].every(Number.isSafeInteger))
    throw new Failure('the slice of the range has members that are too large');
  return new Range(first, last, step);
}

function clip(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}
