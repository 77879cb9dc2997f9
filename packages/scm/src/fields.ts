/** Readers for JSON that somebody else wrote: wrong types count as missing, only own members are seen. */

/** The member at the path, or undefined where anything on the way is missing or no object. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = Reflect.get(current, key);
  }
  return current;
}

/** The text at the path; empty when it is missing or no text. */
export function text(value: unknown, ...path: readonly string[]): string {
  const found = member(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The boolean at the path; false unless it is exactly `true`. */
export function flag(value: unknown, ...path: readonly string[]): boolean {
  return member(value, ...path) === true;
}

/** The finite number at the path, else undefined. */
export function amount(value: unknown, ...path: readonly string[]): number | undefined {
  const found = member(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** A numeric or textual id at the path as text; empty when missing, not whole, not positive or too large. */
export function id(value: unknown, ...path: readonly string[]): string {
  const found = member(value, ...path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' && Number.isSafeInteger(found) && found > 0 ? String(found) : '';
}

/** The array at the path; empty when it is missing or no array. `null` elements are left out. */
export function list(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = member(value, ...path);
  return Array.isArray(found) ? found.filter((element) => element !== null && element !== undefined) : [];
}

/** Whether the value is an object and no array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Unix seconds of an RFC 3339 time or of a number of seconds; 0 when missing, zero, before 1970 or after 2100. */
export function seconds(value: unknown, ...path: readonly string[]): number {
  const found = member(value, ...path);
  const time = typeof found === 'number' ? found : Date.parse(typeof found === 'string' ? found : '') / 1000;
  return Number.isFinite(time) && time > 0 && time < 4_102_444_800 ? Math.floor(time) : 0;
}
