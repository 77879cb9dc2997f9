import { failed } from '../failure.ts';
import { negate, perlClass, posixClass, rangeMatcher } from './classes.ts';
import type { Matcher } from './node.ts';
import { parseEscape, parseUnicodeClass } from './parse-escape.ts';
import type { RuneReader } from './rune-reader.ts';

/** `[…]`, the reader standing on the bracket. */
export function parseClass(reader: RuneReader, ignoresCase: boolean): Matcher {
  reader.next();
  const isNegated = reader.accept('^');
  const parts: Matcher[] = [];
  // A bracket right at the start stands for itself.
  for (let isFirst = true; isFirst || !reader.isAt(']'); isFirst = false) {
    if (reader.isAtEnd()) throw failed('A "[" of the regular expression is never closed.');
    parts.push(parsePart(reader, ignoresCase, isFirst));
  }
  reader.next();
  const matches: Matcher = (code) => parts.some((part) => part(code));
  return isNegated ? negate(matches) : matches;
}

function parsePart(reader: RuneReader, ignoresCase: boolean, isFirst: boolean): Matcher {
  if (reader.isAt('-') && !isFirst && !reader.isAt('-]')) checkLonelyMinus(reader);
  return parseNamed(reader, ignoresCase) ?? parseRange(reader, ignoresCase);
}

/** Go, unlike Perl, takes a minus only at the ends, or before another range. */
function checkLonelyMinus(reader: RuneReader): void {
  if (reader.peek(1) < 0) throw failed('A "[" of the regular expression is never closed.');
}

function parseNamed(reader: RuneReader, ignoresCase: boolean): Matcher | undefined {
  const posix = reader.acceptPattern(/^\[:(\^?[^\]:]*):\]/);
  if (posix !== undefined) {
    const matches = posixClass(posix[1] ?? '', ignoresCase);
    if (matches === undefined) throw failed('The regular expression names a class that does not exist.');
    return matches;
  }
  if (!reader.isAt('\\')) return undefined;
  const unicode = parseUnicodeClass(reader, ignoresCase);
  if (unicode !== undefined) return unicode;
  const perl = perlClass(reader.peekText(1), ignoresCase);
  if (perl !== undefined) reader.skip(2);
  return perl;
}

function parseRange(reader: RuneReader, ignoresCase: boolean): Matcher {
  const from = parseCode(reader);
  if (!reader.isAt('-') || reader.isAt('-]') || reader.peek(1) < 0)
    return rangeMatcher(from, from, ignoresCase);
  reader.next();
  const to = parseCode(reader);
  if (to < from) throw failed('The regular expression has a range in the wrong order.');
  return rangeMatcher(from, to, ignoresCase);
}

function parseCode(reader: RuneReader): number {
  if (reader.isAtEnd()) throw failed('A "[" of the regular expression is never closed.');
  return reader.isAt('\\') ? parseEscape(reader) : reader.next();
}
