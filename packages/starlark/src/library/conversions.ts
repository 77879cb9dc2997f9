import { Failure } from '../errors.ts';
import { encodeRune, MAX_RUNE, runeAt, runes } from '../text/utf8.ts';
import { asInt32, isInt } from '../values/ints.ts';
import { elementsOf } from '../values/iterate.ts';
import { repr, toText } from '../values/repr.ts';
import { Bytes, type Call, isTruthy, typeName, type Value } from '../values/value.ts';
import { checkPositional, wrongType } from './arguments.ts';
import type { Functions } from './universe.ts';

/** Functions between text, bytes and other values. */
export const CONVERSIONS: Functions = [
  [
    'bool',
    (call) => {
      checkPositional(call, 0, 1);
      return isTruthy(call.args[0] ?? false);
    },
  ],
  ['bytes', bytes],
  ['chr', chr],
  ['hash', hash],
  ['ord', ord],
  [
    'repr',
    (call) => {
      checkPositional(call, 1, 1);
      return repr(call.args[0] ?? null, call.meter);
    },
  ],
  ['str', str],
  [
    'type',
    (call) => {
      checkPositional(call, 1, 1);
      return typeName(call.args[0] ?? null);
    },
  ],
];

function str(call: Call): string {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  return value instanceof Bytes ? transcode(value.data, call) : toText(value, call.meter);
}

function bytes(call: Call): Bytes {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  if (value instanceof Bytes) return value;
  if (typeof value === 'string') return new Bytes(transcode(value, call));
  const elements = elementsOf(value, call.meter);
  if (elements === undefined) throw wrongType(call, value, 'string, bytes or an iterable of ints');
  call.meter.allocate(elements.length);
  return new Bytes(elements.map((element) => byte(call, element)).join(''));
}

function byte(call: Call, value: Value): string {
  if (!isInt(value)) throw wrongType(call, value, 'int');
  if (value < 0 || value > 255) throw new Failure('bytes(): the ints must be from 0 to 255');
  return String.fromCharCode(Number(value));
}

/** Bytes that are not UTF-8 become U+FFFD. */
function transcode(text: string, call: Call): string {
  call.meter.work(text.length);
  call.meter.allocate(text.length);
  return Array.from(runes(text), ({ code }) => encodeRune(code)).join('');
}

function chr(call: Call): string {
  checkPositional(call, 1, 1);
  const code = asInt32(call.args[0] ?? null);
  if (code < 0 || code > MAX_RUNE)
    throw new Failure(`chr(): ${code} is no code point, they are from 0 to 0x10FFFF`);
  return encodeRune(code);
}

function ord(call: Call): number {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  if (value instanceof Bytes) {
    if (value.data.length !== 1)
      throw new Failure(`ord(): the bytes have length ${value.data.length}, want 1`);
    return value.data.charCodeAt(0);
  }
  if (typeof value !== 'string') throw wrongType(call, value, 'string or bytes');
  const { code, size } = runeAt(value, 0);
  if (size === 0 || size !== value.length)
    throw new Failure('ord(): the string must have exactly one code point');
  return code;
}

/** The hash of Java for strings (though over code points, as Starlark-Go does it), FNV-1a for bytes. */
function hash(call: Call): number {
  checkPositional(call, 1, 1);
  const [value = null] = call.args;
  if (value instanceof Bytes) {
    call.meter.work(value.data.length);
    let sum = 2166136261;
    for (let index = 0; index < value.data.length; index += 1) {
      sum = Math.imul(sum ^ value.data.charCodeAt(index), 16777619);
    }
    return sum >>> 0;
  }
  if (typeof value !== 'string') throw wrongType(call, value, 'string or bytes');
  call.meter.work(value.length);
  let sum = 0;
  for (const { code } of runes(value)) sum = (Math.imul(31, sum) + code) | 0;
  return sum;
}
