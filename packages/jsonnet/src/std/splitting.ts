import { expectString, expectWholeNumber } from '../runtime/expect.ts';
import type { Machine } from '../runtime/machine.ts';
import type { Value } from '../runtime/values.ts';
import { textArray } from './collect.ts';
import { type Definition, type Library, strict } from './define.ts';
import { produced, scanned } from './strings.ts';

/** Splitting and replacing, and numbers written as text. */
export function splittingLibrary(): Library {
  return {
    split: strict('str c', (machine, str: Value, c: Value) => split(machine, 'std.split', str, c, -1)),
    splitLimit: strict('str c maxsplits', (machine, str: Value, c: Value, max: Value) =>
      split(machine, 'std.splitLimit', str, c, max),
    ),
    splitLimitR: strict('str c maxsplits', (machine, str: Value, c: Value, max: Value) =>
      splitFromRight(machine, str, c, max),
    ),
    strReplace: strict('str from to', (machine, str: Value, from: Value, to: Value) => {
      const text = scanned(machine, str);
      const pattern = scanned(machine, from);
      const replacement = expectString(machine, to);
      if (pattern === '') return machine.fail('The text to replace must not be empty.');
      const parts = text.split(pattern);
      machine.allocate(16 * parts.length + replacement.length * (parts.length - 1));
      return produced(machine, parts.join(replacement));
    }),
    parseInt: strict('str', (machine, str: Value) => {
      const text = scanned(machine, str);
      const isWritten = /^[+-]?[0-9]+$/.test(text) && text.length < 1000;
      const value = isWritten ? BigInt(text.replace('+', '')) : undefined;
      if (value === undefined || BigInt.asIntN(64, value) !== value) {
        return machine.fail(`${JSON.stringify(text.slice(0, 100))} is not a decimal integer of 64 bits.`);
      }
      return Number(value);
    }),
    parseOctal: digitParser(8, /^[0-7]+$/, 'an octal'),
    parseHex: digitParser(16, /^[0-9a-fA-F]+$/, 'a hexadecimal'),
  };
}

/** Adds digit by digit, so that numbers beyond 2^53 round as the language defines. */
function digitParser(radix: number, pattern: RegExp, what: string): Definition {
  return strict('str', (machine: Machine, str: Value) => {
    const text = scanned(machine, str);
    if (!pattern.test(text))
      return machine.fail(`${JSON.stringify(text.slice(0, 100))} is not ${what} number.`);
    let value = 0;
    for (const digit of text) value = value * radix + Number.parseInt(digit, radix);
    return Number.isFinite(value) ? value : machine.fail('The result is too large.');
  });
}

function limitOf(machine: Machine, name: string, max: Value): number {
  const limit = expectWholeNumber(machine, max);
  return limit >= -1
    ? limit
    : machine.fail(`The limit of ${name} is -1 (none) or a number from 0 on, got ${limit}.`);
}

function separatorOf(machine: Machine, value: Value): string {
  const separator = scanned(machine, value);
  if (separator !== '') return separator;
  return machine.fail('The separator must not be empty.');
}

function split(machine: Machine, name: string, str: Value, c: Value, max: Value): Value {
  const text = scanned(machine, str);
  const separator = separatorOf(machine, c);
  const limit = limitOf(machine, name, max);
  const parts = text.split(separator);
  if (limit === -1 || parts.length <= limit + 1) return textArray(machine, parts);
  const kept = parts.slice(0, limit);
  return textArray(machine, [...kept, parts.slice(kept.length).join(separator)]);
}

function splitFromRight(machine: Machine, str: Value, c: Value, max: Value): Value {
  const text = scanned(machine, str);
  const separator = separatorOf(machine, c);
  const limit = limitOf(machine, 'std.splitLimitR', max);
  const parts: string[] = [];
  let end = text.length;
  // Searched from the end, so that overlapping separators are found from there as well.
  while (limit === -1 || parts.length < limit) {
    const at = end < separator.length ? -1 : text.lastIndexOf(separator, end - separator.length);
    if (at === -1) break;
    parts.push(text.slice(at + separator.length, end));
    end = at;
  }
  parts.push(text.slice(0, end));
  return textArray(machine, parts.reverse());
}
