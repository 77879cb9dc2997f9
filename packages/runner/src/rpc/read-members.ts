import { STATUSES, type Status } from '@sortie/core/status';

/** An object of the wire with whatever it holds; readers take what they can use. */
export type WireObject = Readonly<Record<string, unknown>>;

export function toObject(value: unknown): WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WireObject) : {};
}

export function toList(value: unknown): readonly WireObject[] {
  return Array.isArray(value) ? value.map(toObject) : [];
}

export function textOf(object: WireObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

export function integerOf(object: WireObject, key: string): number {
  const value = object[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}

export function flagOf(object: WireObject, key: string): boolean {
  return object[key] === true;
}

export function textsOf(object: WireObject, key: string): readonly string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function mapOf(object: WireObject, key: string): Readonly<Record<string, string>> {
  const entries = Object.entries(toObject(object[key]));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** One of the known statuses, `pending` otherwise. */
export function statusOf(object: WireObject): Status {
  return STATUSES.find((status) => status === object.status) ?? 'pending';
}
