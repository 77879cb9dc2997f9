import { Failure } from '../errors.ts';
import { isSpace } from '../text/unicode.ts';
import { runeAt, runeBefore, runes } from '../text/utf8.ts';
import { type Call, List } from '../values/value.ts';
import { asBoolean, checkPositional, countAt, type Method, stringAt, wrongType } from './arguments.ts';

/** Methods that cut a text into parts, or cut off its ends. */
export const SPLIT_METHODS: readonly (readonly [string, Method<string>])[] = [
  ['lstrip', (text, call) => strip(text, call, true, false)],
  ['rsplit', (text, call) => split(text, call, true)],
  ['rstrip', (text, call) => strip(text, call, false, true)],
  ['split', (text, call) => split(text, call, false)],
  ['splitlines', splitLines],
  ['strip', (text, call) => strip(text, call, true, true)],
];

function strip(text: string, call: Call, atStart: boolean, atEnd: boolean): string {
  checkPositional(call, 0, 1);
  const cutset = call.args.length === 0 ? '' : stringAt(call, 0);
  call.meter.work(text.length + cutset.length);
  const codes = new Set(Array.from(runes(cutset), ({ code }) => code));
  const isCut = cutset === '' ? isSpace : (code: number) => codes.has(code);
  let start = 0;
  let end = text.length;
  while (atStart && start < end) {
    const { code, size } = runeAt(text, start);
    if (!isCut(code)) break;
    start += size;
  }
  while (atEnd && end > start) {
    const { code, size } = runeBefore(text, end);
    if (!isCut(code)) break;
    end -= size;
  }
  return text.slice(start, end);
}

function split(text: string, call: Call, isFromEnd: boolean): List {
  checkPositional(call, 0, 2);
  const [separator = null] = call.args;
  const limit = call.args.length > 1 ? countAt(call, 1) : -1;
  if (separator !== null && typeof separator !== 'string') throw wrongType(call, separator, 'string or None');
  if (separator === '') throw new Failure(`${call.name}(): the separator is empty`);
  call.meter.work(text.length);
  let parts: string[];
  if (separator === null) parts = isFromEnd ? splitSpaceFromEnd(text, limit) : splitSpace(text, limit);
  else parts = limitParts(text.split(separator), separator, limit, isFromEnd);
  call.meter.allocate(text.length + 24 * parts.length);
  return new List(parts);
}

/** Joins the parts again that are more than `limit` cuts make; a negative limit means all. */
function limitParts(parts: string[], separator: string, limit: number, isFromEnd: boolean): string[] {
  const excess = parts.length - 1 - limit;
  if (limit < 0 || excess <= 0) return parts;
  if (isFromEnd) return [parts.slice(0, excess + 1).join(separator), ...parts.slice(excess + 1)];
  return [...parts.slice(0, limit), parts.slice(limit).join(separator)];
}

/** Fields between white space; after `limit` fields the rest is one field that keeps its spaces. */
function splitSpace(text: string, limit: number): string[] {
  const fields: string[] = [];
  let start = -1;
  for (let index = 0; index < text.length; ) {
    const { code, size } = runeAt(text, index);
    if (!isSpace(code)) start = start < 0 ? index : start;
    else if (start >= 0) {
      if (fields.length === limit) break;
      fields.push(text.slice(start, index));
      start = -1;
    }
    index += size;
  }
  if (start >= 0) fields.push(text.slice(start));
  return fields;
}

function splitSpaceFromEnd(text: string, limit: number): string[] {
  const fields: string[] = [];
  let end = -1;
  for (let index = text.length; index > 0; ) {
    const { code, size } = runeBefore(text, index);
    if (!isSpace(code)) end = end < 0 ? index : end;
    else if (end >= 0) {
      if (fields.length === limit) break;
      fields.push(text.slice(index, end));
      end = -1;
    }
    index -= size;
  }
  if (end >= 0) fields.push(text.slice(0, end));
  return fields.reverse();
}

function splitLines(text: string, call: Call): List {
  checkPositional(call, 0, 1);
  const keepsEnds = call.args.length > 0 && asBoolean(call, call.args[0] ?? null);
  call.meter.work(text.length);
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const parts = keepsEnds ? lines.map((line) => `${line}\n`) : lines;
  if (last !== '') parts.push(last);
  call.meter.allocate(text.length + 24 * parts.length);
  return new List(parts);
}
