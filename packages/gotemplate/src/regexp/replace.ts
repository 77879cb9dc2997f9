import type { Budget } from '../limits.ts';
import { type Rune, runeAt } from '../text/bytes.ts';
import { isDigit, isLetter } from '../text/unicode.ts';
import type { Program } from './compile.ts';
import { findAll } from './find.ts';
import type { Match } from './match.ts';

/** Go's `ReplaceAllString`: `$1`, `$name` and `${name}` in the replacement stand for groups, `$$` for a dollar. */
export function replaceAllMatches(
  budget: Budget,
  program: Program,
  text: string,
  replacement: string,
): string {
  const pieces = parseReplacement(program, replacement);
  const parts: string[] = [];
  let end = 0;
  for (const match of findAll(budget, program, text, -1)) {
    const [from = 0, to = 0] = match;
    const inserted = pieces.map((piece) =>
      typeof piece === 'string' ? piece : groupText(text, match, piece),
    );
    const insertedText = inserted.join('');
    budget.allocate(insertedText.length + from - end);
    parts.push(text.slice(end, from), insertedText);
    end = to;
  }
  parts.push(text.slice(end));
  return parts.join('');
}

/** Text, or the groups whose text stands here: the first of them that took some. */
type Piece = string | readonly number[];

function parseReplacement(program: Program, replacement: string): Piece[] {
  const pieces: Piece[] = [];
  let text = '';
  for (let at = 0; at < replacement.length; ) {
    const reference = replacement.charAt(at) === '$' ? readReference(replacement, at + 1) : undefined;
    if (reference === undefined) {
      text += replacement.charAt(at);
      at += 1;
      continue;
    }
    pieces.push(text, reference.name === '$' ? '$' : groupNumbers(program, reference.name));
    text = '';
    at = reference.next;
  }
  pieces.push(text);
  return pieces;
}

/** What follows a dollar: another one, a name of letters, digits and `_`, or one in braces. */
function readReference(
  text: string,
  start: number,
): { readonly name: string; readonly next: number } | undefined {
  if (text.charAt(start) === '$') return { name: '$', next: start + 1 };
  const isBraced = text.charAt(start) === '{';
  const from = isBraced ? start + 1 : start;
  let end = from;
  for (let rune = runeAt(text, end); isNameRune(rune); rune = runeAt(text, end)) end += rune.width;
  if (end === from || (isBraced && text.charAt(end) !== '}')) return undefined;
  return { name: text.slice(from, end), next: isBraced ? end + 1 : end };
}

function isNameRune({ code, width }: Rune): boolean {
  return width > 0 && (code === 0x5f || isLetter(code) || isDigit(code));
}

/** A name or number that does not exist is a group that took nothing. */
function groupNumbers(program: Program, name: string): readonly number[] {
  if (/^(?:0|[1-9][0-9]{0,7})$/.test(name)) return [Number(name)];
  return program.names.get(name) ?? [];
}

function groupText(text: string, match: Match, groups: readonly number[]): string {
  const group = groups.find((candidate) => match[candidate * 2] !== undefined);
  if (group === undefined) return '';
  return text.slice(match[group * 2], match[group * 2 + 1]);
}
