import { failed } from '../failure.ts';
import type { Budget } from '../limits.ts';
import type { Value } from '../value.ts';
import { noFlags } from './flags.ts';
import { Printer } from './printer.ts';

/** What an action `{{value}}` writes: a missing or nil value is `<no value>`, a function an error. */
export function printValue(budget: Budget, value: Value): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '<no value>';
  if (typeof value === 'object' && value.kind === 'callable')
    throw failed('A function cannot be printed; call it with "call".');
  return new Printer(budget, noFlags(), 'v').print(value);
}

/** Go's `fmt.Sprint`: a space between two values when neither is a string. */
export function print(budget: Budget, values: readonly Value[]): string {
  const printer = new Printer(budget, noFlags(), 'v');
  const parts: string[] = [];
  let isAfterString = true;
  for (const value of values) {
    const isString = isStringKind(value);
    if (!isString && !isAfterString) parts.push(' ');
    parts.push(printer.print(value));
    isAfterString = isString;
  }
  return parts.join('');
}

/** Go's `fmt.Sprintln`: a space between all values and a line end after them. */
export function println(budget: Budget, values: readonly Value[]): string {
  const printer = new Printer(budget, noFlags(), 'v');
  return `${values.map((value) => printer.print(value)).join(' ')}\n`;
}

function isStringKind(value: Value): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && value?.kind === 'html');
}
