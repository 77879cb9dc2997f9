import { failed } from '../failure.ts';
import { floatText } from '../format/float.ts';
import { isIntText, parseInt64 } from '../syntax/number.ts';
import { excerpt } from '../text/bytes.ts';
import { timeText } from '../time/format.ts';
import { sizedText } from '../time/methods.ts';
import { typeName, type Value } from '../value.ts';

/** A plain value as text, as Drone's functions take it; lists, maps and records are refused. */
export function toText(value: Value): string {
  if (value === undefined || value === null) return '';
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return floatText(value, 'f', -1);
    default:
      break;
  }
  if (value.kind === 'html') return value.text;
  if (value.kind === 'sized') return sizedText(value) ?? String(value.value);
  if (value.kind === 'time') return timeText(value);
  throw failed(`A value of type ${typeName(value)} is not text.`);
}

/** A value as whole number: text may have a prefix for its base, floats lose their fraction. */
export function toWholeNumber(value: Value): number {
  if (value === undefined || value === null) return 0;
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return Number(value);
    case 'number':
      // Outside of the range Go's answer is the smallest integer.
      return Math.abs(value) < 2 ** 63 ? Math.trunc(value) : -(2 ** 63);
    case 'string':
      return parseText(value);
    default:
      break;
  }
  if (value.kind === 'sized') return Number(value.value);
  throw failed(`A value of type ${typeName(value)} is not a whole number.`);
}

function parseText(text: string): number {
  const trimmed = text.replace(/\.0+$/, '');
  const int = isIntText(trimmed) ? parseInt64(trimmed) : undefined;
  if (int === undefined || BigInt.asIntN(64, int) !== int)
    throw failed(`"${excerpt(text)}" is not a whole number.`);
  return Number(int);
}
