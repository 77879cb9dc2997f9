import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { elementsOf, hold, release } from '../values/iterate.ts';
import { Bytes, Range, typeName, type Value } from '../values/value.ts';
import type { Signal } from './frame.ts';

/**
 * Runs the body for each element until it ends with `break` or `return`, which is then the result. The value cannot
 * change meanwhile. Each round counts as one step.
 */
export function loop(iterable: Value, meter: Meter, body: (element: Value) => Signal): Signal {
  meter.step();
  if (iterable instanceof Range) return loopOverRange(iterable, meter, body);
  const elements = elementsOf(iterable, meter);
  if (elements === undefined) {
    const isText = typeof iterable === 'string' || iterable instanceof Bytes;
    throw new Failure(`cannot iterate over a ${typeName(iterable)}${isText ? '; use its .elems()' : ''}`);
  }
  hold(iterable);
  for (const element of elements) {
    meter.step();
    const signal = body(element);
    if (signal === 'break' || signal === 'return') {
      release(iterable);
      return signal;
    }
  }
  release(iterable);
  return 'next';
}

/** The members are made one by one, so a large range costs nothing before its end. */
function loopOverRange(range: Range, meter: Meter, body: (element: Value) => Signal): Signal {
  for (let index = 0; index < range.length; index += 1) {
    meter.step();
    const signal = body(range.start + index * range.step);
    if (signal === 'break' || signal === 'return') return signal;
  }
  return 'next';
}
