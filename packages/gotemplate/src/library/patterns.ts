import type { CallEnvironment, GoFunction } from '../function-table.ts';
import { compilePattern } from '../regexp/compile.ts';
import { findAll } from '../regexp/find.ts';
import { replaceAllMatches } from '../regexp/replace.ts';
import { stringList, type Value } from '../value.ts';
import { toText, toWholeNumber } from './cast.ts';

/** Drone's functions on regular expressions (pipeline.md 9.2). */
export const PATTERN_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  findRE: { parameters: ['string', 'any'], rest: 'any', call: (env, args) => findMatches(env, args) },
  replaceRE: { parameters: ['any', 'any', 'any'], call: (env, args) => replaceMatches(env, args) },
};

function findMatches({ budget }: CallEnvironment, [pattern, text, limit]: readonly Value[]): Value {
  const program = compilePattern(budget, toText(pattern));
  const source = toText(text);
  const most = limit === undefined ? -1 : toWholeNumber(limit);
  const matches = findAll(budget, program, source, most).map(([from = 0, to = 0]) => source.slice(from, to));
  budget.allocate(matches.length * 16);
  return matches.length > 0 ? stringList(matches) : { ...stringList([]), isNil: true };
}

function replaceMatches({ budget }: CallEnvironment, [pattern, replacement, text]: readonly Value[]): string {
  const program = compilePattern(budget, toText(pattern));
  return replaceAllMatches(budget, program, toText(text), toText(replacement));
}
