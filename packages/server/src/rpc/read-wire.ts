import { AppError } from '@sortie/core/errors';
import { isStatus, type Status } from '@sortie/core/status';

/** An object as a runner sent it. Keys are read as Go reads them: case does not matter, `null` is absent. */
export interface WireObject {
  text(key: string): string;
  /** 0 when absent. */
  integer(key: string): number;
  flag(key: string): boolean;
  strings(key: string): readonly string[];
  stringMap(key: string): Readonly<Record<string, string>>;
  objects(key: string): readonly WireObject[];
  has(key: string): boolean;
}

/** Parses the body of a call. Throws `invalid-request` for anything but one JSON object. */
export function readWire(body: unknown): WireObject {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid-request', 'The body is not JSON.', { cause: error });
  }
  return toWireObject(value, 'body');
}

function toWireObject(value: unknown, place: string): WireObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object');
  const members = new Map<string, unknown>();
  for (const [key, member] of Object.entries(value)) members.set(key.toLowerCase(), member);
  // The exact name wins over another spelling of it.
  for (const [key, member] of Object.entries(value)) if (key === key.toLowerCase()) members.set(key, member);
  const get = (key: string) => members.get(key) ?? undefined;
  return {
    has: (key) => get(key) !== undefined,
    text: (key) => asText(get(key), key),
    integer: (key) => asInteger(get(key), key),
    flag: (key) => asFlag(get(key), key),
    strings: (key) => asList(get(key), key).map((item) => asText(item, key)),
    stringMap: (key) => asMap(get(key), key),
    objects: (key) => asList(get(key), key).map((item) => toWireObject(item, key)),
  };
}

/** The status of a report. Throws `invalid-request` for what is none. */
export function readStatus(wire: WireObject): Status {
  const status = wire.text('status');
  if (isStatus(status)) return status;
  throw wrong('status', 'one of the known words');
}

/** NUL and halves of surrogate pairs cannot be stored on PostgreSQL. */
function asText(value: unknown, place: string): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw wrong(place, 'a text');
  return value.replaceAll('\0', '\uFFFD').toWellFormed();
}

function asInteger(value: unknown, place: string): number {
  if (value === undefined) return 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(place, 'a whole number');
  return value;
}

function asFlag(value: unknown, place: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw wrong(place, 'true or false');
  return value;
}

function asList(value: unknown, place: string): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong(place, 'a list');
  return value;
}

function asMap(value: unknown, place: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object');
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item, place)]));
}

function wrong(place: string, wanted: string): AppError {
  return new AppError('invalid-request', `The ${place} is not ${wanted}.`, {
    hint: 'Send what the runner protocol says.',
  });
}
