import { failed } from '../failure.ts';
import type { GoFunction, Parameter } from '../function-table.ts';
import type { Budget } from '../limits.ts';
import { encodeRune, isAscii, runeAt, runes, splitRunes } from '../text/bytes.ts';
import { isSpace, lowerRune, mapRunes, titleRune, upperRune } from '../text/unicode.ts';
import { stringList, type Value } from '../value.ts';
import { toText, toWholeNumber } from './cast.ts';
import { escapeQuery } from './escape.ts';

const ONE: readonly Parameter[] = ['any'];
const TWO: readonly Parameter[] = ['any', 'any'];
const THREE: readonly Parameter[] = ['any', 'any', 'any'];

/** Drone's functions on text (pipeline.md 9.2). The text comes first, as in a pipeline it does not. */
export const STRING_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  append: onTexts(TWO, (text, suffix) => text + suffix),
  prepend: onTexts(TWO, (text, prefix) => prefix + text),
  chomp: onTexts(ONE, (text) => trimAscii(text, '\r\n', false)),
  contains: onTexts(TWO, (text, part) => text.includes(part)),
  containsAny: onTexts(TWO, containsAny),
  hasPrefix: onTexts(TWO, (text, prefix) => text.startsWith(prefix)),
  hasSuffix: onTexts(TWO, (text, suffix) => text.endsWith(suffix)),
  lower: onRunes(lowerRune),
  upper: onRunes(upperRune),
  title: onRunes(titleRune),
  firstUpper: onTexts(ONE, (text) => firstUpper(text)),
  trim: onTexts(ONE, (text) => trimSpace(text)),
  trimLeft: onTexts(TWO, (text, chars) => trimLeft(text, chars)),
  trimRight: onTexts(TWO, (text, chars) => trimRight(text, chars)),
  trimPrefix: onTexts(TWO, (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  trimSuffix: onTexts(TWO, (text, suffix) => trimSuffix(text, suffix)),
  urlize: onTexts(ONE, (text) => escapeQuery(trimSpace(text).replaceAll(' ', '-'))),
  replace: { parameters: THREE, call: ({ budget }, args) => replaceAll(budget, args) },
  repeat: { parameters: TWO, call: ({ budget }, [text, count]) => repeat(budget, text, count) },
  padLeft: { parameters: THREE, call: ({ budget }, args) => padding(budget, args) + toText(args[0]) },
  padRight: { parameters: THREE, call: ({ budget }, args) => toText(args[0]) + padding(budget, args) },
  slicestr: { parameters: ONE, rest: 'any', call: (_, args) => sliceText(args) },
  split: {
    parameters: ['any', 'string'],
    call: ({ budget }, [text, separator]) => split(budget, text, separator, -1),
  },
  splitn: {
    parameters: THREE,
    call: ({ budget }, [text, separator, count]) => split(budget, text, separator, toWholeNumber(count)),
  },
};

function onTexts(parameters: readonly Parameter[], call: (...texts: [string, string]) => Value): GoFunction {
  return {
    parameters,
    call: ({ budget }, args) => {
      const text = toText(args[0]);
      // Some of them look at every character.
      budget.step(text.length / 32);
      budget.allocate(text.length);
      const value = call(text, toText(args[1]));
      if (typeof value === 'string') budget.allocate(value.length);
      return value;
    },
  };
}

function onRunes(mapping: (code: number) => number): GoFunction {
  return {
    parameters: ONE,
    call: ({ budget }, [value]) => {
      const text = toText(value);
      budget.allocate(text.length * 2);
      budget.step(text.length / 32);
      return mapRunes(text, mapping);
    },
  };
}

function containsAny(text: string, chars: string): boolean {
  const wanted = new Set(runes(chars));
  for (const code of runes(text)) if (wanted.has(code)) return true;
  return false;
}

function firstUpper(text: string): string {
  if (text === '') return '';
  const { width } = runeAt(text, 0);
  const first = text.slice(0, width);
  return (width === 1 && isAscii(first) ? first.toUpperCase() : upperOf(text)) + text.slice(width);
}

function upperOf(text: string): string {
  return mapRunes(text.slice(0, runeAt(text, 0).width), upperRune);
}

/** Removes Unicode's white space on both sides. */
function trimSpace(text: string): string {
  if (isAscii(text)) return trimAscii(text, '\t\n\v\f\r ', true);
  return trimPieces(splitRunes(text), (piece) => isSpace(runeAt(piece, 0).code));
}

function trimAscii(text: string, chars: string, isBothSides: boolean): string {
  let from = 0;
  let to = text.length;
  while (to > 0 && chars.includes(text.charAt(to - 1))) to -= 1;
  while (isBothSides && from < to && chars.includes(text.charAt(from))) from += 1;
  return text.slice(from, to);
}

function trimPieces(pieces: readonly string[], isRemoved: (piece: string) => boolean): string {
  let from = 0;
  let to = pieces.length;
  while (from < to && isRemoved(pieces[from] ?? '')) from += 1;
  while (to > from && isRemoved(pieces[to - 1] ?? '')) to -= 1;
  return pieces.slice(from, to).join('');
}

function trimLeft(text: string, chars: string): string {
  const removed = new Set(runes(chars));
  let at = 0;
  while (at < text.length) {
    const { code, width } = runeAt(text, at);
    if (!removed.has(code)) break;
    at += width;
  }
  return text.slice(at);
}

function trimRight(text: string, chars: string): string {
  const removed = new Set(runes(chars));
  const pieces = splitRunes(text);
  while (pieces.length > 0 && removed.has(runeAt(pieces.at(-1) ?? '', 0).code)) pieces.pop();
  return pieces.join('');
}

function trimSuffix(text: string, suffix: string): string {
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

function replaceAll(budget: Budget, [text, old, replacement]: readonly Value[]): string {
  const source = toText(text);
  const inserted = toText(replacement);
  const pieces = cut(budget, source, toText(old));
  // Nothing is found before, between and after all characters.
  if (toText(old) === '') {
    pieces.unshift('');
    pieces.push('');
  }
  budget.allocate(source.length + pieces.length * inserted.length);
  return pieces.join(inserted);
}

function repeat(budget: Budget, text: Value, count: Value): string {
  const piece = toText(text);
  const times = toWholeNumber(count);
  if (times < 0) throw failed('The number of repetitions is negative.');
  budget.allocate(piece.length * times);
  return piece === '' ? '' : piece.repeat(times);
}

function padding(budget: Budget, [text, filler, count]: readonly Value[]): string {
  const piece = toText(filler);
  const times = Math.max(toWholeNumber(count), 0);
  budget.allocate(toText(text).length + piece.length * times);
  return piece === '' ? '' : piece.repeat(times);
}

/** Characters, not bytes, from a start to an end that is not included. */
function sliceText(args: readonly Value[]): string {
  const [text, ...bounds] = args;
  const pieces = [...runes(toText(text))];
  if (bounds.length > 2) throw failed('slicestr takes at most a start and an end.');
  const [from = 0, to = pieces.length] = bounds.map(toWholeNumber);
  const isStartWrong = bounds.length > 0 && (from < 0 || from >= pieces.length);
  if (isStartWrong || to < 0 || to > pieces.length || from > to)
    throw failed(`The part from ${from} to ${to} is out of range.`);
  return pieces.slice(from, to).map(encodeRune).join('');
}

/** Go's `strings.SplitN`: at most `limit` pieces, the last one uncut; 0 gives nil, below 0 is no limit. */
function split(budget: Budget, text: Value, separator: Value, limit: number): Value {
  if (limit === 0) return { ...stringList([]), isNil: true };
  const source = toText(text);
  const by = toText(separator);
  const all = cut(budget, source, by);
  if (limit < 0 || all.length <= limit) return stringList(all);
  return stringList([...all.slice(0, limit - 1), all.slice(limit - 1).join(by)]);
}

/** All pieces between a separator, the characters for an empty one; paid before they are made. */
function cut(budget: Budget, text: string, separator: string): string[] {
  let count = text.length;
  if (separator !== '') {
    count = 1;
    for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + separator.length))
      count += 1;
  }
  budget.allocate(text.length + count * 16);
  return separator === '' ? splitRunes(text) : text.split(separator);
}
