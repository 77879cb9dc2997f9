import type { FunctionNode, Node } from '../syntax/ast.ts';
import type { Machine } from './machine.ts';
import type { ObjectValue } from './objects.ts';

/** Where names are found while evaluating; the slots are those that the resolver counted. */
export class Env {
  readonly slots: Cell[];
  readonly parent: Env | undefined;
  /** The object that `self` means, and the first of its layers that `super` means. */
  readonly self: ObjectValue | undefined;
  readonly superAt: number;

  constructor(slots: Cell[], parent: Env | undefined, self = parent?.self, superAt = parent?.superAt ?? 0) {
    this.slots = slots;
    this.parent = parent;
    this.self = self;
    this.superAt = superAt;
  }
}

/** A value that is computed when it is first needed. States: waiting → running → done; an error ends everything. */
export class Thunk {
  state: 'waiting' | 'running' | 'done' = 'waiting';
  node: Node | undefined;
  env: Env | undefined;
  compute: ((machine: Machine) => Value) | undefined;
  value: Value = null;

  constructor(node: Node | undefined, env: Env | undefined, compute?: (machine: Machine) => Value) {
    this.node = node;
    this.env = env;
    this.compute = compute;
  }
}

export class ArrayValue {
  readonly cells: readonly Cell[];

  constructor(cells: readonly Cell[]) {
    this.cells = cells;
  }
}

/** A function written in Jsonnet. */
export class Closure {
  readonly node: FunctionNode;
  readonly env: Env;

  constructor(node: FunctionNode, env: Env) {
    this.node = node;
    this.env = env;
  }
}

export interface NativeParameter {
  readonly name: string;
  readonly isOptional: boolean;
}

/** A function of the standard library. An optional parameter that got no argument arrives as `undefined`. */
export class NativeFunction {
  readonly name: string;
  readonly parameters: readonly NativeParameter[];
  readonly run: (machine: Machine, cells: readonly (Cell | undefined)[]) => Value;

  constructor(name: string, parameters: readonly NativeParameter[], run: NativeFunction['run']) {
    this.name = name;
    this.parameters = parameters;
    this.run = run;
  }
}

export type FunctionValue = Closure | NativeFunction;
export type Value = null | boolean | number | string | ArrayValue | ObjectValue | FunctionValue;
/** A value, or the promise of one. */
export type Cell = Value | Thunk;

export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'function';

/** The type as `std.type` names it. */
export function typeName(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'string';
  if (value instanceof ArrayValue) return 'array';
  return isFunction(value) ? 'function' : 'object';
}

export function isFunction(value: Value): value is FunctionValue {
  return value instanceof Closure || value instanceof NativeFunction;
}
