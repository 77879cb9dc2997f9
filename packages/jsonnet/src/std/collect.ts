import type { Machine } from '../runtime/machine.ts';
import { ArrayValue, type Cell, typeName, type Value } from '../runtime/values.ts';

/** An array of finished strings. */
export function textArray(machine: Machine, texts: readonly string[]): ArrayValue {
  let bytes = 48;
  for (const text of texts) bytes += 32 + text.length;
  machine.spend(texts.length >> 3);
  machine.allocate(bytes);
  return new ArrayValue(texts);
}

/** The elements of an array, or the characters of a string. */
export function itemsOf(machine: Machine, name: string, value: Value): readonly Cell[] {
  if (value instanceof ArrayValue) return value.cells;
  if (typeof value === 'string') return textArray(machine, machine.characters(value)).cells;
  return machine.fail(`${name} takes an array or a string, got ${typeName(value)}.`);
}

/** An array of cells that are made one by one; the cost of each is accounted for as it comes. */
export class ArrayBuilder {
  readonly #machine: Machine;
  readonly #cells: Cell[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    machine.allocate(48);
  }

  get length(): number {
    return this.#cells.length;
  }

  push(cell: Cell): void {
    this.#machine.spend(1);
    this.#machine.allocate(8);
    this.#cells.push(cell);
  }

  build(): ArrayValue {
    return new ArrayValue(this.#cells);
  }
}
