import { Failure } from '../errors.ts';
import { nearest } from '../text/nearest.ts';
import {
  Builtin,
  Bytes,
  Dict,
  List,
  StarlarkSet,
  Struct,
  typeName,
  type Value,
  View,
} from '../values/value.ts';
import type { Method } from './arguments.ts';
import { DICT_METHODS } from './dict-methods.ts';
import { LIST_METHODS } from './list-methods.ts';
import { SET_METHODS } from './set-methods.ts';
import { STRING_METHODS } from './string-methods.ts';

/** `value.name`; throws where there is no such field or method. */
export function getAttribute(value: Value, name: string): Value {
  const attribute = findAttribute(value, name);
  if (attribute !== undefined) return attribute;
  const hint = nearest(name, attributeNames(value));
  const suffix = hint === undefined ? '' : `; did you mean .${hint}?`;
  const owner = value instanceof Struct ? value.constructorName : `a ${typeName(value)}`;
  throw new Failure(`${owner} has no field or method .${name}${suffix}`);
}

/** The field or bound method; `undefined` where there is none. */
export function findAttribute(value: Value, name: string): Value | undefined {
  if (typeof value === 'string') return bind(STRING_METHODS, value, name);
  if (value === null || typeof value !== 'object') return undefined;
  if (value instanceof Struct) return value.fields.get(name);
  if (value instanceof List) return bind(LIST_METHODS, value, name);
  if (value instanceof Dict) return bind(DICT_METHODS, value, name);
  if (value instanceof StarlarkSet) return bind(SET_METHODS, value, name);
  return value instanceof Bytes ? bind(BYTES_METHODS, value, name) : undefined;
}

/** The names of all fields and methods, sorted. */
export function attributeNames(value: Value): string[] {
  return [...namesOf(value)].sort();
}

const BYTES_METHODS: ReadonlyMap<string, Method<Bytes>> = new Map([
  ['elems', (receiver: Bytes) => new View('bytes', receiver.data)],
]);

function bind<T extends Value>(
  methods: ReadonlyMap<string, Method<T>>,
  receiver: T,
  name: string,
): Builtin | undefined {
  const method = methods.get(name);
  return method === undefined ? undefined : new Builtin(name, (call) => method(receiver, call), receiver);
}

function namesOf(value: Value): Iterable<string> {
  if (typeof value === 'string') return STRING_METHODS.keys();
  if (value instanceof Struct) return value.fields.keys();
  if (value instanceof List) return LIST_METHODS.keys();
  if (value instanceof Dict) return DICT_METHODS.keys();
  if (value instanceof StarlarkSet) return SET_METHODS.keys();
  return value instanceof Bytes ? BYTES_METHODS.keys() : [];
}
