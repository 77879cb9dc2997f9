import type { Node, ObjectComprehension, ObjectNode, Visibility } from '../syntax/ast.ts';
import type { Machine } from './machine.ts';
import { compareText } from './text.ts';
import { type Cell, Env, Thunk, type Value } from './values.ts';

/** A field as one layer defines it: either an expression, or (from the library) a finished cell. */
export interface Field {
  readonly visibility: Visibility;
  readonly isPlus: boolean;
  readonly node: Node | undefined;
  readonly cell: Cell | undefined;
  /** The environment around the object for the fields of a comprehension, each of which has its own. */
  readonly env: Env | undefined;
}

/** One object literal. Inheritance stacks layers; the first layer of an object is the most derived one. */
export interface Layer {
  readonly fields: ReadonlyMap<string, Field>;
  readonly literal: ObjectNode | ObjectComprehension | undefined;
  readonly env: Env | undefined;
}

interface Entry {
  readonly layer: number;
  readonly isHidden: boolean;
}

/** `base + derived` is kept as a pair until somebody looks inside, so that long sums cost no copies. */
type Stack = Layer | { readonly base: ObjectValue; readonly derived: ObjectValue };

export class ObjectValue {
  readonly #stack: Stack;
  #layers: readonly Layer[] | undefined;
  #entries: ReadonlyMap<string, Entry> | undefined;
  #visible: readonly string[] | undefined;
  /** Field values already asked for, per layer. */
  readonly #cells: (Map<string, Cell> | undefined)[] = [];
  readonly #envs: (Env | undefined)[] = [];
  isChecked = false;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  layers(machine: Machine): readonly Layer[] {
    if (this.#layers !== undefined) return this.#layers;
    const layers: Layer[] = [];
    const rest: ObjectValue[] = [this];
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      if ('fields' in next.#stack) layers.push(next.#stack);
      else if (next.#layers !== undefined) for (const layer of next.#layers) layers.push(layer);
      else rest.push(next.#stack.base, next.#stack.derived);
    }
    machine.spend(layers.length);
    machine.allocate(8 * layers.length);
    this.#layers = layers;
    return layers;
  }

  /** Every field with the layer that defines it and whether it is hidden, after all layers have had their say. */
  entries(machine: Machine): ReadonlyMap<string, Entry> {
    if (this.#entries !== undefined) return this.#entries;
    const layers = this.layers(machine);
    const entries = new Map<string, Entry>();
    for (let layer = layers.length - 1; layer >= 0; layer--) {
      const fields = layers[layer]?.fields ?? new Map<string, Field>();
      machine.spend(fields.size);
      machine.allocate(64 * fields.size);
      for (const [name, { visibility }] of fields) {
        const isInherited = visibility === 'inherit';
        const isHidden = isInherited ? (entries.get(name)?.isHidden ?? false) : visibility === 'hidden';
        entries.set(name, { layer, isHidden });
      }
    }
    this.#entries = entries;
    return entries;
  }

  /** The names of the visible fields, in the order of code points. */
  visibleNames(machine: Machine): readonly string[] {
    this.#visible ??= [...this.entries(machine)]
      .filter(([, entry]) => !entry.isHidden)
      .map(([name]) => name)
      .sort(compareText);
    return this.#visible;
  }

  /** The names of all fields, hidden ones too, in the order of code points. */
  allNames(machine: Machine): string[] {
    const entries = this.entries(machine);
    machine.spend(entries.size);
    return [...entries.keys()].sort(compareText);
  }

  has(machine: Machine, name: string): boolean {
    return this.entries(machine).has(name);
  }

  /**
   * What `std.objectHas` answers. The reference looks at the most derived definition only, so a field that is
   * hidden further down and defined again with ":" counts here, although `visibleNames` leaves it out.
   */
  hasVisible(machine: Machine, name: string): boolean {
    const layer = this.layerOf(machine, name, 0);
    const field = this.layers(machine)[layer]?.fields.get(name);
    return field !== undefined && field.visibility !== 'hidden';
  }

  /** The first layer from `start` on that defines the field; -1 when none does. */
  layerOf(machine: Machine, name: string, start: number): number {
    if (start === 0) return this.entries(machine).get(name)?.layer ?? -1;
    const layers = this.layers(machine);
    for (let layer = start; layer < layers.length; layer++) {
      machine.spend(1);
      if (layers[layer]?.fields.has(name)) return layer;
    }
    return -1;
  }

  /** The value of the field as seen from `start`; `undefined` when no layer has it. Runs no assertions. */
  cell(machine: Machine, name: string, start = 0): Cell | undefined {
    const layer = this.layerOf(machine, name, start);
    const field = this.layers(machine)[layer]?.fields.get(name);
    if (field === undefined) return undefined;
    if (field.cell !== undefined) return field.cell;
    this.#cells[layer] ??= new Map();
    const known = this.#cells[layer].get(name);
    if (known !== undefined) return known;
    const cell = this.#delay(machine, name, field, layer);
    this.#cells[layer].set(name, cell);
    return cell;
  }

  #delay(machine: Machine, name: string, field: Field, layer: number): Cell {
    const env =
      field.env === undefined ? this.layerEnv(machine, layer) : this.#bind(machine, layer, field.env);
    const { node } = field;
    if (node === undefined) return null;
    const start = layer + 1;
    if (!field.isPlus || this.layerOf(machine, name, start) === -1) return machine.delay(node, env);
    machine.allocate(160);
    return new Thunk(node, env, () => machine.extend(this.cell(machine, name, start) ?? null, node, env));
  }

  /** The environment of the fields, locals and assertions of a layer, made once per object. */
  layerEnv(machine: Machine, layer: number): Env {
    const known = this.#envs[layer];
    if (known !== undefined) return known;
    const env = this.#bind(machine, layer, this.layers(machine)[layer]?.env);
    this.#envs[layer] = env;
    return env;
  }

  #bind(machine: Machine, layer: number, outer: Env | undefined): Env {
    const literal = this.layers(machine)[layer]?.literal;
    const slots: Cell[] = literal?.isOutermost === true ? [this] : [];
    const env = new Env(slots, outer, this, layer + 1);
    for (const bind of literal?.binds ?? []) slots.push(machine.postpone(bind.value, env));
    machine.allocate(64 + 8 * slots.length);
    return env;
  }
}

/** An object of finished cells, as the library makes them. */
export function objectOf(
  entries: Iterable<readonly [string, Cell]>,
  visibility: Visibility = 'inherit',
): ObjectValue {
  const fields = new Map<string, Field>();
  for (const [name, cell] of entries) {
    fields.set(name, { visibility, isPlus: false, node: undefined, cell, env: undefined });
  }
  return new ObjectValue({ fields, literal: undefined, env: undefined });
}

/** Runs the assertions of all layers, once; fields that they read run none. */
export function checkAssertions(machine: Machine, object: ObjectValue): void {
  if (object.isChecked) return;
  object.isChecked = true;
  const layers = object.layers(machine);
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const literal = layers[layer]?.literal;
    if (literal?.kind !== 'object') continue;
    for (const assertion of literal.assertions) machine.check(assertion, object.layerEnv(machine, layer));
  }
}

/** The value of a field after the assertions have held; fails when there is no such field. */
export function fieldValue(machine: Machine, object: ObjectValue, name: string): Value {
  checkAssertions(machine, object);
  const cell = object.cell(machine, name);
  if (cell === undefined) return machine.fail(missingField(machine, object, name));
  return machine.force(cell);
}

function missingField(machine: Machine, object: ObjectValue, name: string): string {
  const names = object.visibleNames(machine);
  const known = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
  return `There is no field ${shown}${known === '' ? '' : ` (there are: ${known})`}.`;
}
