import type { Meter } from '../limits.ts';
import { checkMutable } from './access.ts';
import type { List, Value } from './value.ts';

/** Appends the elements to the list; `verb` completes the message where the list cannot change. */
export function extendList(list: List, elements: readonly Value[], meter: Meter, verb: string): void {
  checkMutable(list, verb);
  meter.allocate(8 * elements.length);
  // The count is taken first, because a list may be appended to itself.
  const count = elements.length;
  for (let index = 0; index < count; index += 1) list.items.push(elements[index] as Value);
}
