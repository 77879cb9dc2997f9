import { Meter } from './limits.ts';
import { encodeUtf8 } from './text/utf8.ts';
import { normalize } from './values/ints.ts';
import { Table } from './values/table.ts';
import { Dict, Float, List, Struct, type Value } from './values/value.ts';

/** Plain data as JSON has it; bigints are accepted for large ints. */
export type InputValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | readonly InputValue[]
  | { readonly [key: string]: InputValue };

/**
 * What `main` gets as `ctx` (pipeline.md 9.3): `ctx.build`, `ctx.repo` and `ctx.input` are records whose fields are
 * read as attributes; maps inside of them (`ctx.build.params`, nested template data) are dicts.
 */
export interface StarlarkInput {
  readonly [record: string]: { readonly [field: string]: InputValue };
}

export function contextOf(input: StarlarkInput): Struct {
  const records = Object.entries(input).map(([name, fields]): [string, Value] => [
    name,
    recordOf(name, fields),
  ]);
  return new Struct('context', records);
}

function recordOf(name: string, fields: { readonly [field: string]: InputValue }): Struct {
  const meter = new Meter({ memoryBytes: Number.POSITIVE_INFINITY, work: Number.POSITIVE_INFINITY });
  return new Struct(
    encodeUtf8(name),
    Object.entries(fields).map(([field, value]): [string, Value] => [
      encodeUtf8(field),
      toValue(value, meter),
    ]),
  );
}

/** Numbers without a fraction become ints, all others floats; `undefined` becomes None. */
function toValue(input: InputValue, meter: Meter): Value {
  if (input === null || input === undefined) return null;
  if (typeof input === 'string') return encodeUtf8(input);
  if (typeof input === 'boolean') return input;
  if (typeof input === 'bigint') return normalize(input);
  if (typeof input === 'number') return Number.isSafeInteger(input) ? input + 0 : new Float(input);
  if (Array.isArray(input)) return new List(input.map((item: InputValue) => toValue(item, meter)));
  const table = new Table();
  for (const [key, value] of Object.entries(input)) table.set(encodeUtf8(key), toValue(value, meter), meter);
  return new Dict(table);
}
