import { gzipSync } from 'node:zlib';

/** What one number of a sample means, for example `cpu` in `nanoseconds`. */
export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** A place in the code. `line` is 1-based; 0 where there is none. */
export interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export interface Sample {
  /** Innermost first. */
  readonly stack: readonly Frame[];
  /** One for each type of the profile. */
  readonly values: readonly number[];
}

export interface Profile {
  readonly types: readonly ValueType[];
  readonly samples: readonly Sample[];
  /** Unix milliseconds. */
  readonly takenMs: number;
  readonly durationMs?: number;
  readonly period?: ValueType & { readonly value: number };
}

/** A profile as `go tool pprof` reads it: gzip of the protobuf message (api-legacy.md 3.9). */
export function encodeProfile(profile: Profile): Buffer {
  const tables = createTables();
  const samples = profile.samples.map((sample) => {
    const message = createMessage();
    message.packed(1, sample.stack.map(tables.location));
    message.packed(2, sample.values);
    return message.bytes();
  });
  const out = createMessage();
  for (const type of profile.types) out.nested(1, valueType(tables, type));
  for (const sample of samples) out.nested(2, sample);
  for (const location of tables.locations()) out.nested(4, location);
  for (const entry of tables.functions()) out.nested(5, entry);
  const period = profile.period && { bytes: valueType(tables, profile.period), value: profile.period.value };
  for (const text of tables.strings()) out.nested(6, Buffer.from(text));
  out.number(9, profile.takenMs * 1_000_000);
  out.number(10, (profile.durationMs ?? 0) * 1_000_000);
  if (period !== undefined) out.nested(11, period.bytes);
  if (period !== undefined) out.number(12, period.value);
  return gzipSync(out.bytes());
}

type Tables = ReturnType<typeof createTables>;

function valueType(tables: Tables, { type, unit }: ValueType): Uint8Array {
  const message = createMessage();
  message.number(1, tables.text(type));
  message.number(2, tables.text(unit));
  return message.bytes();
}

/** Strings, functions and locations are written once and named by number. */
function createTables() {
  const strings = new Map([['', 0]]);
  const functions = new Map<string, Uint8Array>();
  const locations = new Map<string, { id: number; bytes: Uint8Array }>();
  const functionIds = new Map<string, number>();
  const text = (value: string): number => {
    const known = strings.get(value) ?? strings.size;
    strings.set(value, known);
    return known;
  };
  const functionId = ({ name, file }: Frame): number => {
    const key = `${name}\0${file}`;
    const known = functionIds.get(key);
    if (known !== undefined) return known;
    const id = functionIds.size + 1;
    functionIds.set(key, id);
    const message = createMessage();
    message.number(1, id);
    message.number(2, text(name));
    message.number(3, text(name));
    message.number(4, text(file));
    functions.set(key, message.bytes());
    return id;
  };
  const location = (frame: Frame): number => {
    const key = `${frame.name}\0${frame.file}\0${frame.line}`;
    const known = locations.get(key);
    if (known !== undefined) return known.id;
    const line = createMessage();
    line.number(1, functionId(frame));
    line.number(2, frame.line);
    const id = locations.size + 1;
    const message = createMessage();
    message.number(1, id);
    message.nested(4, line.bytes());
    locations.set(key, { id, bytes: message.bytes() });
    return id;
  };
  return {
    text,
    location,
    strings: () => strings.keys(),
    functions: () => functions.values(),
    locations: () => [...locations.values()].map(({ bytes }) => bytes),
  };
}

const VARINT = 0;
const BYTES = 2;

/** One protobuf message in the making. Numbers are unsigned whole ones; 0 is left out, as it is the default. */
function createMessage() {
  const parts: Uint8Array[] = [];
  const nested = (field: number, bytes: Uint8Array): void => {
    parts.push(varint((field << 3) | BYTES), varint(bytes.length), bytes);
  };
  return {
    nested,
    number(field: number, value: number): void {
      if (value !== 0) parts.push(varint((field << 3) | VARINT), varint(value));
    },
    packed: (field: number, values: readonly number[]): void =>
      nested(field, Buffer.concat(values.map(varint))),
    bytes: (): Uint8Array => Buffer.concat(parts),
  };
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt(Math.max(0, Math.round(value)));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
