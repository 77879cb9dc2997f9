import { Builtin, type Call, type Value } from '../values/value.ts';
import { CONVERSIONS } from './conversions.ts';
import { NUMBERS } from './numbers.ts';
import { OBJECTS } from './objects.ts';
import { ORDERING } from './ordering.ts';
import { SEQUENCES } from './sequences.ts';

/** A table of built-in functions. */
export type Functions = readonly (readonly [string, (call: Call) => Value])[];

/** The names that every file knows. */
export function makeUniverse(): Map<string, Value> {
  const universe = new Map<string, Value>([
    ['None', null],
    ['True', true],
    ['False', false],
  ]);
  for (const [name, run] of [...CONVERSIONS, ...NUMBERS, ...OBJECTS, ...ORDERING, ...SEQUENCES]) {
    universe.set(name, new Builtin(name, run));
  }
  return universe;
}
