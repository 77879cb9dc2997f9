import type { Value } from '../value.ts';

/** Stands in the table for `and` and `or`, whose operands `callFunction` evaluates one by one. */
export function shortCircuit(): Value {
  return undefined;
}
