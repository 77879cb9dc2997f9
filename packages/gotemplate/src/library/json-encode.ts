import { failed } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { encodeRune, runeAt } from '../text/bytes.ts';
import { formatTime } from '../time/format.ts';
import { sortedKeys, type Time, typeName, type Value } from '../value.ts';

/** Go's `json.Marshal`: keys sorted, and signs with a meaning in HTML escaped. */
export function encodeJson(budget: Budget, value: Value): string {
  budget.step();
  if (value === undefined || value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return encodeNumber(value);
    case 'string':
      return encodeText(budget, value);
    default:
      return encodeCompound(budget, value);
  }
}

function encodeCompound(budget: Budget, value: Exclude<Value, null | undefined> & object): string {
  switch (value.kind) {
    case 'sized':
      return String(value.value);
    case 'html':
      return encodeText(budget, value.text);
    case 'time':
      return encodeTime(budget, value);
    case 'list':
      if (value.isNil) return 'null';
      return nested(budget, () => `[${value.items.map((item) => encodeJson(budget, item)).join(',')}]`);
    case 'map':
      return encodeMembers(
        budget,
        sortedKeys(budget, value).map((key) => [key, value.entries.get(key)]),
      );
    case 'struct':
      return encodeMembers(budget, [...value.fields]);
    default:
      throw failed(`A value of type ${typeName(value)} cannot be written as JSON.`);
  }
}

function encodeMembers(budget: Budget, members: readonly (readonly [string, Value])[]): string {
  return nested(budget, () => {
    const texts = members.map(([key, value]) => `${encodeText(budget, key)}:${encodeJson(budget, value)}`);
    return `{${texts.join(',')}}`;
  });
}

function nested(budget: Budget, encode: () => string): string {
  budget.enter();
  const text = encode();
  budget.leave();
  budget.allocate(text.length);
  return text;
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw failed(`${value} cannot be written as JSON.`);
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeTime(budget: Budget, time: Time): string {
  return encodeText(budget, formatTime(time, '2006-01-02T15:04:05.999999999Z07:00'));
}

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

function encodeText(budget: Budget, text: string): string {
  budget.allocate(text.length);
  budget.step(text.length / 32);
  const parts: string[] = ['"'];
  for (let at = 0; at < text.length; ) {
    const { code, width } = runeAt(text, at);
    parts.push(code === 0xfffd && width === 1 ? '\\ufffd' : encodeCode(code));
    at += width;
  }
  parts.push('"');
  return parts.join('');
}

function encodeCode(code: number): string {
  const known = ESCAPES[code];
  if (known !== undefined) return known;
  const isEscaped = code < 0x20 || code === 0x3c || code === 0x3e || code === 0x26;
  if (isEscaped || code === 0x2028 || code === 0x2029) return `\\u${code.toString(16).padStart(4, '0')}`;
  return encodeRune(code);
}
