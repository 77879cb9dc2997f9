import type { JsonValue } from './json-value.ts';
import type { Machine } from './runtime/machine.ts';

/** Holds the result against the output limit: its size as JSON indented by three spaces, about. */
export function checkOutputSize(machine: Machine, value: JsonValue): void {
  const limit = machine.limits.outputBytes;
  if (measure(value, 0, limit) > limit) machine.fail(`The result is larger than ${limit} bytes.`, 'limit');
}

/** Stops counting once `budget` is exceeded. */
function measure(value: JsonValue, depth: number, budget: number): number {
  if (typeof value === 'string') return encodedSize(value) + 2;
  if (value === null || typeof value !== 'object') return String(value).length;
  const indent = 3 * (depth + 1) + 2;
  let size = 3 * depth + 3;
  for (const [name, child] of Object.entries(value)) {
    size += indent + (Array.isArray(value) ? 0 : name.length + 4);
    size += measure(child, depth + 1, budget - size);
    if (size > budget) return size;
  }
  return size;
}

/** Bytes in UTF-8. */
function encodedSize(text: string): number {
  return text.length + (text.match(/[\u0080-\uffff]/g)?.length ?? 0);
}
