import type { Budget } from '../limits.ts';
import { runeAt } from '../text/bytes.ts';
import type { Program } from './compile.ts';
import { findMatch, type Match } from './match.ts';

/** All matches that do not overlap, at most `limit` (below 0: all). An empty one right after another is left out. */
export function findAll(budget: Budget, program: Program, text: string, limit: number): Match[] {
  const matches: Match[] = [];
  let previousEnd = -1;
  for (let at = 0; at <= text.length && (limit < 0 || matches.length < limit); ) {
    const match = findMatch(budget, program, text, at);
    if (match === undefined) break;
    const [from = at, to = at] = match;
    const isEmpty = from === to;
    if (!isEmpty || from !== previousEnd) matches.push(match);
    previousEnd = to;
    at = to > at && !isEmpty ? to : Math.max(to, at) + (runeAt(text, Math.max(to, at)).width || 1);
  }
  return matches;
}
