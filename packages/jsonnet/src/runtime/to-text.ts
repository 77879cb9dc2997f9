import { checkLength } from './bounds.ts';
import { toCheckedJson } from './json.ts';
import type { Machine } from './machine.ts';
import { renderJson, TO_STRING_STYLE } from './render-json.ts';
import type { Value } from './values.ts';

/** Joined strings share their parts until they are read; only the length is limited here. */
export function joinText(machine: Machine, left: string, right: string): string {
  checkLength(machine, left.length + right.length);
  machine.allocate(32);
  return left + right;
}

/** A value as text: strings as they are, everything else as JSON on one line. */
export function toText(machine: Machine, value: Value): string {
  if (typeof value === 'string') return value;
  return renderJson(toCheckedJson(machine, value), TO_STRING_STYLE, (bytes) => machine.allocate(bytes));
}
