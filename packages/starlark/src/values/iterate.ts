import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { runeAt } from '../text/utf8.ts';
import { Bytes, Dict, List, Range, StarlarkSet, Tuple, typeName, type Value, View } from './value.ts';

/** Whether a `for` loop can go over the value. Strings and bytes cannot; their `elems()` and relatives can. */
export function isIterable(value: Value): boolean {
  if (value === null || typeof value !== 'object') return false;
  return (
    value instanceof List ||
    value instanceof Tuple ||
    value instanceof Dict ||
    value instanceof StarlarkSet ||
    value instanceof Range ||
    value instanceof View
  );
}

/**
 * All elements at once, to read only: keys of a dict, members of a set. Lists and tuples give their own array, so the
 * caller must not run Starlark code that could change the list while it reads, unless it holds it with `hold`.
 * A range gives no more than `atMost`.
 */
export function elementsOf(
  value: Value,
  meter: Meter,
  atMost = Number.POSITIVE_INFINITY,
): readonly Value[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (value instanceof List || value instanceof Tuple) {
    meter.work(value.items.length);
    return value.items;
  }
  if (value instanceof Dict || value instanceof StarlarkSet) {
    reserve(value.table.size, meter);
    return Array.from(value.table.entries(), ({ key }) => key);
  }
  if (value instanceof Range) {
    const length = Math.min(value.length, atMost);
    reserve(length, meter);
    return Array.from({ length }, (_, index) => value.start + index * value.step);
  }
  return value instanceof View ? viewElements(value, meter) : undefined;
}

/** As `elementsOf`, but throws for values that cannot be iterated over; `context` begins the message. */
export function requireElements(value: Value, meter: Meter, context: string): readonly Value[] {
  const elements = elementsOf(value, meter);
  if (elements === undefined)
    throw new Failure(`${context}got ${typeName(value)}, want an iterable${hint(value)}`);
  return elements;
}

/** Forbids changes of the value until `release` is called. */
export function hold(value: Value): void {
  if (value instanceof List) value.iterators += 1;
  else if (value instanceof Dict || value instanceof StarlarkSet) value.table.iterators += 1;
}

export function release(value: Value): void {
  if (value instanceof List) value.iterators -= 1;
  else if (value instanceof Dict || value instanceof StarlarkSet) value.table.iterators -= 1;
}

function hint(value: Value): string {
  if (typeof value === 'string') return ' (use its .elems() or .codepoints())';
  return value instanceof Bytes ? ' (use its .elems())' : '';
}

function viewElements(view: View, meter: Meter): readonly Value[] {
  reserve(view.data.length, meter);
  if (view.kind === 'elems') return view.data.split('');
  if (view.kind === 'elem_ords' || view.kind === 'bytes') {
    return Array.from(view.data, (character) => character.charCodeAt(0));
  }
  const elements: Value[] = [];
  for (let index = 0; index < view.data.length; ) {
    const { code, size } = runeAt(view.data, index);
    if (view.kind === 'codepoint_ords') elements.push(code);
    else elements.push(code === 0xfffd ? '\xef\xbf\xbd' : view.data.slice(index, index + size));
    index += size;
  }
  return elements;
}

function reserve(count: number, meter: Meter): void {
  meter.work(count);
  meter.allocate(16 + 8 * count);
}
