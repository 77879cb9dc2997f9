import { failed } from '../failure.ts';
import type { Budget } from '../limits.ts';
import { decodeUtf8, encodeUtf8 } from '../text/bytes.ts';
import { anyList, type GoMap, type Value } from '../value.ts';

/** Go's `json.Unmarshal` into a map: all numbers are floats, anything but an object or null is refused. */
export function decodeJson(budget: Budget, text: string): GoMap {
  budget.allocate(text.length * 4);
  budget.step(text.length / 16);
  const value = convert(budget, parse(decodeUtf8(text)));
  if (value === null) return { kind: 'map', element: 'any', entries: new Map() };
  if (typeof value === 'object' && value?.kind === 'map') return value;
  throw failed('The JSON must be an object.');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw failed(`The text is not JSON: ${error.message}.`, error);
    throw error;
  }
}

function convert(budget: Budget, data: unknown): Value {
  budget.step();
  switch (typeof data) {
    case 'string':
      return encodeUtf8(data);
    case 'number':
      if (!Number.isFinite(data)) throw failed('The JSON holds a number that is too large.');
      return data;
    case 'boolean':
      return data;
    case 'object':
      return data === null ? null : convertCompound(budget, data);
    default:
      return undefined;
  }
}

function convertCompound(budget: Budget, data: object): Value {
  budget.enter();
  const value = Array.isArray(data)
    ? anyList(data.map((item: unknown) => convert(budget, item)))
    : convertMembers(budget, data);
  budget.leave();
  return value;
}

function convertMembers(budget: Budget, data: object): GoMap {
  const entries = new Map<string, Value>();
  for (const [key, item] of Object.entries(data)) entries.set(encodeUtf8(key), convert(budget, item));
  return { kind: 'map', element: 'any', entries };
}
