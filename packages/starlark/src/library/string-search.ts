import { Failure } from '../errors.ts';
import { countRunes, runeAt } from '../text/utf8.ts';
import { bounds } from '../values/access.ts';
import { type Call, Tuple, type Value } from '../values/value.ts';
import {
  asString,
  checkPositional,
  countAt,
  elementsAt,
  type Method,
  stringAt,
  wrongType,
} from './arguments.ts';

/** Methods that look for one text in another, or put texts together. */
export const SEARCH_METHODS: readonly (readonly [string, Method<string>])[] = [
  ['count', count],
  ['endswith', (text, call) => hasAffix(text, call, (part, affix) => part.endsWith(affix))],
  ['find', (text, call) => search(text, call, false)],
  ['index', (text, call) => found(search(text, call, false), call)],
  ['join', join],
  ['partition', (text, call) => partition(text, call, false)],
  [
    'removeprefix',
    (text, call) => remove(text, call, (affix) => (text.startsWith(affix) ? text.slice(affix.length) : text)),
  ],
  [
    'removesuffix',
    (text, call) =>
      remove(text, call, (affix) =>
        text.endsWith(affix) ? text.slice(0, text.length - affix.length) : text,
      ),
  ],
  ['replace', replace],
  ['rfind', (text, call) => search(text, call, true)],
  ['rindex', (text, call) => found(search(text, call, true), call)],
  ['rpartition', (text, call) => partition(text, call, true)],
  ['startswith', (text, call) => hasAffix(text, call, (part, affix) => part.startsWith(affix))],
];

function search(text: string, call: Call, isFromEnd: boolean): number {
  checkPositional(call, 1, 3);
  const sought = stringAt(call, 0);
  const { start, end } = bounds(call.args[1], call.args[2], text.length);
  call.meter.scan(end - start);
  const part = text.slice(start, end);
  const index = isFromEnd ? part.lastIndexOf(sought) : part.indexOf(sought);
  return index < 0 ? -1 : index + start;
}

function found(index: number, call: Call): number {
  if (index < 0) throw new Failure(`${call.name}(): the string does not contain the text`);
  return index;
}

function count(text: string, call: Call): number {
  checkPositional(call, 1, 3);
  const sought = stringAt(call, 0);
  const { start, end } = bounds(call.args[1], call.args[2], text.length);
  call.meter.work(end - start);
  const part = text.slice(start, end);
  // The empty text is found before each code point and at the end.
  return sought === '' ? countRunes(part) + 1 : part.split(sought).length - 1;
}

function hasAffix(text: string, call: Call, test: (part: string, affix: string) => boolean): boolean {
  checkPositional(call, 1, 3);
  const { start, end } = bounds(call.args[1], call.args[2], text.length);
  const part = text.slice(start, end);
  const [affix] = call.args;
  if (typeof affix === 'string') {
    call.meter.scan(affix.length);
    return test(part, affix);
  }
  if (!(affix instanceof Tuple)) throw wrongType(call, affix, 'string or a tuple of strings');
  for (const item of affix.items) {
    call.meter.work(1);
    if (test(part, asString(call, item))) return true;
  }
  return false;
}

function join(separator: string, call: Call): string {
  checkPositional(call, 1, 1);
  const parts = elementsAt(call, 0).map((value) => asString(call, value));
  let size = separator.length * Math.max(0, parts.length - 1);
  for (const part of parts) size += part.length;
  call.meter.allocate(size + 8 * parts.length);
  return parts.join(separator);
}

function partition(text: string, call: Call, isFromEnd: boolean): Value {
  checkPositional(call, 1, 1);
  const separator = stringAt(call, 0);
  if (separator === '') throw new Failure(`${call.name}(): the separator is empty`);
  call.meter.scan(text.length);
  const index = isFromEnd ? text.lastIndexOf(separator) : text.indexOf(separator);
  if (index < 0) return new Tuple(isFromEnd ? ['', '', text] : [text, '', '']);
  return new Tuple([text.slice(0, index), separator, text.slice(index + separator.length)]);
}

function remove(text: string, call: Call, cut: (affix: string) => string): string {
  checkPositional(call, 1, 1);
  call.meter.scan(text.length);
  return cut(stringAt(call, 0));
}

function replace(text: string, call: Call): string {
  checkPositional(call, 2, 3);
  const [old, replacement] = [stringAt(call, 0), stringAt(call, 1)];
  const limit = call.args.length > 2 ? countAt(call, 2) : -1;
  if (limit === 0) return text;
  call.meter.work(text.length);
  const pieces = old === '' ? splitRunes(text) : text.split(old);
  const most = limit < 0 ? pieces.length - 1 : Math.min(limit, pieces.length - 1);
  call.meter.allocate(text.length + most * replacement.length + 8 * pieces.length);
  const parts: string[] = [pieces[0] ?? ''];
  for (const [index, piece] of pieces.slice(1).entries()) parts.push(index < most ? replacement : old, piece);
  return parts.join('');
}

/** Cuts before each code point and at the end. */
function splitRunes(text: string): string[] {
  const pieces = [''];
  for (let index = 0; index < text.length; ) {
    const { size } = runeAt(text, index);
    pieces.push(text.slice(index, index + size));
    index += size;
  }
  pieces.push('');
  return pieces;
}
