import { base64ToBytes, decodeUtf8 } from '../encoding/bytes.ts';
import type { JsonValue } from '../json-value.ts';

/** What a scalar was before it had a type. */
export interface ScalarText {
  readonly text: string;
  readonly isPlain: boolean;
  /** `!!str` and the like in the short form; empty without a tag. */
  readonly tag: string;
}

const TYPED_TAGS = new Set(['!!bool', '!!int', '!!float', '!!null', '!!timestamp']);

/**
 * The value of a scalar by YAML 1.1 as the reference reads it: `yes` and `y` are true, `010` is 8, `1_000` is
 * 1000, dates stay text. `undefined` when the tag does not fit the text.
 */
export function resolveScalar({ text, isPlain, tag }: ScalarText): JsonValue | undefined {
  if (tag === '!!binary') {
    const bytes = base64ToBytes(text.replace(/[\r\n]/g, ''));
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }
  if (tag === '' ? !isPlain : !TYPED_TAGS.has(tag)) return text;
  const value = resolvePlain(text);
  return tag === '' || fits(tag, value, text) ? value : undefined;
}

function fits(tag: string, value: JsonValue, text: string): boolean {
  switch (tag) {
    case '!!bool':
      return typeof value === 'boolean';
    case '!!null':
      return value === null;
    case '!!int':
      return typeof value === 'number' && isIntegerText(text);
    case '!!float':
      return typeof value === 'number';
    default:
      return /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/.test(text);
  }
}

const WORDS: readonly (readonly [boolean | null, string])[] = [
  [true, 'y Y yes Yes YES true True TRUE on On ON'],
  [false, 'n N no No NO false False FALSE off Off OFF'],
  [null, '~ null Null NULL'],
];

function resolvePlain(text: string): JsonValue {
  if (text === '') return null;
  for (const [value, words] of WORDS) if (words.split(' ').includes(text)) return value;
  const infinite = /^([-+]?)\.(?:inf|Inf|INF)$/.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return resolveNumber(text) ?? text;
}

function resolveNumber(text: string): number | undefined {
  if (!/^[-+.0-9]/.test(text)) return undefined;
  if (text.startsWith('.'))
    return /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text) ? finite(Number(text)) : undefined;
  const plain = text.replaceAll('_', '');
  const integer = readInteger(plain);
  if (integer !== undefined) return Number(integer);
  const isFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain);
  return isFloat ? finite(Number(plain)) : undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** Decimal, `0x`, `0b`, `0o` or a leading zero for octal; within 64 bits, unsigned ones included. */
function readInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/.exec(text);
  if (match === null || text.length > 70) return undefined;
  const [, sign, digits = '0'] = match;
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = sign === '-' ? -magnitude : magnitude;
  const isInRange = value >= -(2n ** 63n) && value < (sign === '' ? 2n ** 64n : 2n ** 63n);
  return isInRange ? value : undefined;
}

function isIntegerText(text: string): boolean {
  return readInteger(text.replaceAll('_', '')) !== undefined;
}

/** A typed key as the name of a field; `undefined` for what cannot be one. */
export function keyText(value: JsonValue, { text }: ScalarText): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (typeof value !== 'number') return undefined;
  if (isIntegerText(text)) return String(readInteger(text.replaceAll('_', '')));
  if (Number.isFinite(value)) return formatSingle(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

/** The shortest digits that name the number in single precision, with an exponent from a million on. */
function formatSingle(value: number): string {
  const single = Math.fround(value);
  let precision = 1;
  while (precision < 9 && Math.fround(Number(single.toExponential(precision - 1))) !== single) precision++;
  const [digits = '0', exponentText = '0'] = single.toExponential(precision - 1).split('e');
  const exponent = Number(exponentText);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  if (exponent >= -4 && exponent < 6) return Number(`${digits}e${exponent}`).toString();
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
