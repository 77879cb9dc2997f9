import { expectArray, expectNumber, expectString, expectWholeNumber } from '../runtime/expect.ts';
import { formatText } from '../runtime/format.ts';
import type { Machine } from '../runtime/machine.ts';
import { quoteJson } from '../runtime/render-json.ts';
import { joinText, toText } from '../runtime/to-text.ts';
import { ArrayValue, typeName, type Value } from '../runtime/values.ts';
import { textArray } from './collect.ts';
import { type Definition, type Library, strict } from './define.ts';

/** Characters, parts and escapes of strings. */
export function stringLibrary(): Library {
  return {
    char: strict('n', (machine, n: Value) => charOf(machine, expectNumber(machine, n))),
    codepoint: strict('str', (machine, str: Value) => {
      const text = expectString(machine, str);
      if (machine.countCharacters(text) === 1) return text.codePointAt(0) ?? 0;
      return machine.fail('std.codepoint takes a string of exactly one character.');
    }),
    substr: strict('str from len', substr),
    startsWith: strict('a b', (machine, a: Value, b: Value) =>
      scanned(machine, a).startsWith(scanned(machine, b)),
    ),
    endsWith: strict('a b', (machine, a: Value, b: Value) =>
      scanned(machine, a).endsWith(scanned(machine, b)),
    ),
    findSubstr: strict('pat str', findSubstr),
    isEmpty: strict('str', (machine, str: Value) => expectString(machine, str) === ''),
    stringChars: strict('str', (machine, str: Value) =>
      textArray(machine, machine.characters(expectString(machine, str))),
    ),
    asciiUpper: strict('str', (machine, str: Value) =>
      produced(
        machine,
        scanned(machine, str).replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
      ),
    ),
    asciiLower: strict('str', (machine, str: Value) =>
      produced(
        machine,
        scanned(machine, str).replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
      ),
    ),
    format: strict('str vals', (machine, str: Value, values: Value) =>
      formatText(machine, expectString(machine, str), values),
    ),
    lstripChars: stripper(true, false),
    rstripChars: stripper(false, true),
    stripChars: stripper(true, true),
    ...escapes(),
  };
}

/** The text, with the cost of reading it accounted for. */
export function scanned(machine: Machine, value: Value): string {
  return machine.scan(expectString(machine, value));
}

/** Accounts for a text that a function has made. */
export function produced(machine: Machine, text: string): string {
  machine.allocate(32 + text.length);
  return text;
}

function charOf(machine: Machine, code: number): string {
  if (code < 0 || code >= 0x110000) return machine.fail(`${code} is not a Unicode code point.`);
  const whole = Math.trunc(code);
  return whole >= 0xd800 && whole <= 0xdfff ? '\ufffd' : String.fromCodePoint(whole);
}

function substr(machine: Machine, str: Value, from: Value, len: Value): string {
  const text = expectString(machine, str);
  const start = natural(machine, from, 'The start');
  const end = start + expectWholeNumber(machine, natural(machine, len, 'The length'));
  const isPlain = machine.countCharacters(text) === text.length;
  return produced(
    machine,
    isPlain ? text.slice(start, end) : machine.characters(text).slice(start, end).join(''),
  );
}

function natural(machine: Machine, value: Value, what: string): number {
  const number = expectNumber(machine, value);
  if (Number.isInteger(number) && number >= 0) return number;
  return machine.fail(`${what} must be a whole number from 0 on, got ${number}.`);
}

function findSubstr(machine: Machine, pat: Value, str: Value): Value {
  const pattern = machine.characters(expectString(machine, pat));
  const text = machine.characters(expectString(machine, str));
  const found: number[] = [];
  machine.spend(text.length);
  if (pattern.length === 0) return new ArrayValue([]);
  for (let at = 0; at + pattern.length <= text.length; at++) {
    let matched = 0;
    while (matched < pattern.length && text[at + matched] === pattern[matched]) matched++;
    machine.spend(matched >> 3);
    if (matched === pattern.length) found.push(at);
  }
  machine.allocate(8 * found.length);
  return new ArrayValue(found);
}

/** The characters to strip come as a string or as an array of strings. */
function stripper(isLeft: boolean, isRight: boolean): Definition {
  return strict('str chars', (machine: Machine, str: Value, chars: Value) => {
    const text = machine.characters(expectString(machine, str));
    const set = new Set(typeof chars === 'string' ? machine.characters(chars) : charsOf(machine, chars));
    let from = 0;
    let to = text.length;
    while (isLeft && from < to && set.has(text[from] ?? '')) from++;
    while (isRight && to > from && set.has(text[to - 1] ?? '')) to--;
    return produced(machine, text.slice(from, to).join(''));
  });
}

function charsOf(machine: Machine, value: Value): string[] {
  const texts: string[] = [];
  for (const cell of expectArray(machine, value).cells) {
    machine.spend(1);
    const item = machine.force(cell);
    if (typeof item === 'string') texts.push(machine.scan(item));
  }
  return texts;
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapes(): Library {
  const escaping = (parameter: string, change: (text: string) => string): Definition =>
    strict(parameter, (machine, value: Value) =>
      produced(machine, change(machine.scan(toText(machine, value)))),
    );
  return {
    escapeStringJson: escaping('str_', quoteJson),
    escapeStringPython: escaping('str', quoteJson),
    escapeStringBash: escaping('str_', (text) => `'${text.replaceAll("'", `'"'"'`)}'`),
    escapeStringDollars: escaping('str_', (text) => text.replaceAll('$', () => '$$')),
    escapeStringXML: escaping('str_', (text) =>
      text.replace(/[<>&"']/g, (char) => XML_ENTITIES[char] ?? char),
    ),
  };
}

/** Text of a repeated or joined value; fails for other types. */
export function appendText(machine: Machine, text: string, value: Value): string {
  if (typeof value !== 'string')
    return machine.fail(`Expected a value of type string, got ${typeName(value)}.`);
  return joinText(machine, text, value);
}
