import type { Meter } from '../limits.ts';
import type { Table } from './table.ts';

/**
 * A Starlark value. None is `null`; a string is a byte string (see `text/utf8.ts`); an int is a `number` where it is
 * a safe integer and a `bigint` elsewhere, never the other way round; a float is always wrapped.
 */
export type Value =
  | null
  | boolean
  | string
  | number
  | bigint
  | Float
  | Bytes
  | List
  | Tuple
  | Dict
  | StarlarkSet
  | Range
  | Struct
  | View
  | Func
  | Builtin;

/** A keyword argument: name and value. */
export type Keyword = readonly [name: string, value: Value];

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A `bytes` value: one character per byte. */
export class Bytes {
  readonly data: string;
  constructor(data: string) {
    this.data = data;
  }
}

export class List {
  items: Value[];
  isFrozen = false;
  /** Loops that are going over the list; while there are any it cannot change. */
  iterators = 0;
  constructor(items: Value[]) {
    this.items = items;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

export class Dict {
  readonly table: Table;
  constructor(table: Table) {
    this.table = table;
  }
}

export class StarlarkSet {
  readonly table: Table;
  constructor(table: Table) {
    this.table = table;
  }
}

/** A sequence of integers; `step` is not 0 and all members are safe integers. */
export class Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;
  constructor(start: number, stop: number, step: number) {
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.length = Math.max(0, Math.ceil((stop - start) / step));
  }
}

/** A record with named fields, as `ctx` and `ctx.build` are. */
export class Struct {
  readonly constructorName: string;
  /** Sorted by name. */
  readonly fields: ReadonlyMap<string, Value>;
  constructor(constructorName: string, fields: Iterable<readonly [string, Value]>) {
    this.constructorName = constructorName;
    this.fields = new Map([...fields].sort(([left], [right]) => (left < right ? -1 : 1)));
  }
}

export type ViewKind = 'elems' | 'elem_ords' | 'codepoints' | 'codepoint_ords' | 'bytes';

/** What `elems()`, `codepoints()` and their relatives return: an iterable over parts of a string or bytes value. */
export class View {
  readonly kind: ViewKind;
  readonly data: string;
  constructor(kind: ViewKind, data: string) {
    this.kind = kind;
    this.data = data;
  }
}

/** A variable that an inner function shares with an outer one. */
export interface Cell {
  value: Value | undefined;
}

/** What the compiler made of a `def` or `lambda`. */
export interface FunctionCode {
  readonly name: string;
  /** Byte offset of the definition. */
  readonly at: number;
  /** Names of the ordinary parameters, keyword-only ones last; `*args` and `**kwargs` are not among them. */
  readonly parameters: readonly string[];
  readonly keywordOnlyCount: number;
  readonly hasVarargs: boolean;
  readonly hasKwargs: boolean;
  /** Variables of one call: the parameters, then the args tuple, the kwargs dict and all other locals. */
  readonly localCount: number;
  /** Runs the body; the parameters are already in `locals`. */
  readonly invoke: (func: Func, locals: (Value | undefined)[]) => Value;
}

/** A function written in Starlark. */
export class Func {
  readonly code: FunctionCode;
  /** Defaults of the last parameters; `undefined` marks a required keyword-only parameter. */
  readonly defaults: readonly (Value | undefined)[];
  readonly free: readonly Cell[];
  constructor(code: FunctionCode, defaults: readonly (Value | undefined)[], free: readonly Cell[]) {
    this.code = code;
    this.defaults = defaults;
    this.free = free;
  }
}

/** What built-in functions may use of the run that calls them. */
export interface Host {
  readonly meter: Meter;
  /** Takes a line that the script printed. */
  print(line: string): void;
  call(callee: Value, args: readonly Value[], kwargs: readonly Keyword[]): Value;
}

export interface Call {
  readonly host: Host;
  readonly meter: Meter;
  /** Name of the function, for messages. */
  readonly name: string;
  readonly args: readonly Value[];
  readonly kwargs: readonly Keyword[];
}

/** A function of the standard library. */
export class Builtin {
  readonly name: string;
  readonly run: (call: Call) => Value;
  /** The value that a method is bound to. */
  readonly receiver: Value | undefined;
  constructor(name: string, run: (call: Call) => Value, receiver?: Value) {
    this.name = name;
    this.run = run;
    this.receiver = receiver;
  }
}

/** The name that `type()` returns. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof List) return 'list';
  if (value instanceof Dict) return 'dict';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Float) return 'float';
  if (value instanceof Func) return 'function';
  if (value instanceof Builtin) return 'builtin_function_or_method';
  if (value instanceof Struct) return 'struct';
  if (value instanceof Range) return 'range';
  if (value instanceof StarlarkSet) return 'set';
  if (value instanceof Bytes) return 'bytes';
  if (value.kind === 'bytes') return 'bytes.elems';
  return value.kind.startsWith('elem') ? 'string.elems' : 'string.codepoints';
}

/** Whether the value counts as true. */
export function isTruthy(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null || value === '' || value === 0) return false;
  if (typeof value !== 'object') return true;
  if (value instanceof List || value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict || value instanceof StarlarkSet) return value.table.size > 0;
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Range) return value.length > 0;
  if (value instanceof Bytes) return value.data !== '';
  return true;
}

/** The length of strings, bytes and sequences; `undefined` for values without one. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return undefined;
  if (value instanceof List || value instanceof Tuple) return value.items.length;
  if (value instanceof Dict || value instanceof StarlarkSet) return value.table.size;
  if (value instanceof Range) return value.length;
  if (value instanceof Bytes) return value.data.length;
  if (value instanceof View && value.kind.startsWith('elem')) return value.data.length;
  return undefined;
}
