import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { keyOf, type MapKey } from './hash.ts';
import type { Value } from './value.ts';

/** Estimated bytes of one entry. */
const ENTRY_BYTES = 64;

export interface Entry {
  readonly key: Value;
  value: Value;
}

/** The hash table behind dict and set; keeps the order of insertion. */
export class Table {
  readonly #entries = new Map<MapKey, Entry>();
  isFrozen = false;
  /** Loops that are going over the table; while there are any it cannot change. */
  iterators = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** The entries in the order of insertion. */
  entries(): MapIterator<Entry> {
    return this.#entries.values();
  }

  /** The entry of a key; throws for a key that cannot be hashed. */
  find(key: Value, meter: Meter): Entry | undefined {
    return this.#entries.get(keyOf(key, meter));
  }

  has(key: Value, meter: Meter): boolean {
    return this.#entries.has(keyOf(key, meter));
  }

  /** Adds a key or changes its value; the first key stays. Returns whether the key is new. */
  set(key: Value, value: Value, meter: Meter): boolean {
    this.checkMutable('insert into');
    const mapKey = keyOf(key, meter);
    const entry = this.#entries.get(mapKey);
    if (entry !== undefined) {
      entry.value = value;
      return false;
    }
    meter.allocate(ENTRY_BYTES);
    this.#entries.set(mapKey, { key, value });
    return true;
  }

  /** Removes a key and returns its entry, or `undefined` where there is none. */
  remove(key: Value, meter: Meter): Entry | undefined {
    this.checkMutable('delete from');
    // Starlark-Go does not hash the key either where there is nothing to find.
    if (this.#entries.size === 0) return undefined;
    const mapKey = keyOf(key, meter);
    const entry = this.#entries.get(mapKey);
    this.#entries.delete(mapKey);
    return entry;
  }

  clear(): void {
    this.checkMutable('clear');
    this.#entries.clear();
  }

  /** A table with the same entries, not frozen. */
  copy(meter: Meter): Table {
    const copy = new Table();
    copy.addAll(this, meter);
    return copy;
  }

  /** Adds all entries of another table. */
  addAll(other: Table, meter: Meter): void {
    meter.allocate(ENTRY_BYTES * other.size);
    meter.work(other.size);
    for (const [mapKey, { key, value }] of [...other.#entries]) {
      const entry = this.#entries.get(mapKey);
      if (entry === undefined) this.#entries.set(mapKey, { key, value });
      else entry.value = value;
    }
  }

  /** Throws where the table is frozen or being iterated over; `verb` completes the message. */
  checkMutable(verb: string): void {
    if (this.isFrozen)
      throw new Failure(`cannot ${verb} a frozen dict or set (top-level values are frozen when main runs)`);
    if (this.iterators > 0) throw new Failure(`cannot ${verb} a dict or set while iterating over it`);
  }
}
