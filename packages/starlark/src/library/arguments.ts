import { Failure } from '../errors.ts';
import { type Int, isInt } from '../values/ints.ts';
import { requireElements } from '../values/iterate.ts';
import { Builtin, type Call, Func, typeName, type Value } from '../values/value.ts';

/** A method of a built-in type: gets the value that it is called on. */
export type Method<T> = (receiver: T, call: Call) => Value;

/** Throws unless the call has from `least` to `most` positional arguments and no named ones. */
export function checkPositional(call: Call, least: number, most: number): void {
  if (call.kwargs.length > 0)
    throw new Failure(`${call.name}() takes no named arguments, got ${call.kwargs[0]?.[0]}`);
  const { length } = call.args;
  if (length >= least && length <= most) return;
  const wanted = least === most ? `${most}` : length < least ? `at least ${least}` : `at most ${most}`;
  throw new Failure(
    `${call.name}() takes ${wanted} argument${wanted.endsWith(' 1') || wanted === '1' ? '' : 's'}, got ${length}`,
  );
}

/**
 * The arguments of a function whose parameters can be given by name, in the order of `names`. Those from `required`
 * on may be missing.
 */
export function unpack(call: Call, names: readonly string[], required: number): (Value | undefined)[] {
  if (call.args.length > names.length) {
    throw new Failure(`${call.name}() takes at most ${names.length} arguments, got ${call.args.length}`);
  }
  const values: (Value | undefined)[] = [...call.args];
  for (const [name, value] of call.kwargs) {
    const index = names.indexOf(name);
    if (index < 0) throw new Failure(`${call.name}() has no parameter ${name}`);
    if (values[index] !== undefined) throw new Failure(`${call.name}() gets the parameter ${name} twice`);
    values[index] = value;
  }
  for (const name of names.slice(0, required)) {
    if (values[names.indexOf(name)] === undefined)
      throw new Failure(`${call.name}() lacks the argument ${name}`);
  }
  return values;
}

/** As `unpack` for functions whose positional arguments are all data and whose options have names. */
export function unpackNamed(call: Call, names: readonly string[]): (Value | undefined)[] {
  return unpack({ ...call, args: [] }, names, 0);
}

export function stringAt(call: Call, index: number): string {
  const value = call.args[index];
  if (typeof value === 'string') return value;
  throw wrongType(call, value, 'string');
}

/** An int that is a safe integer. */
export function intAt(call: Call, index: number): number {
  const value = call.args[index];
  if (value === undefined || !isInt(value)) throw wrongType(call, value, 'int');
  return safeInt(call, value);
}

/** An int of 64 bits where all large values mean the same: as many as there are. */
export function countAt(call: Call, index: number): number {
  const value = call.args[index];
  if (typeof value !== 'bigint') return intAt(call, index);
  if (BigInt.asIntN(64, value) !== value) throw new Failure(`${call.name}(): the int is too large here`);
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

/** The elements of an iterable argument. */
export function elementsAt(call: Call, index: number): readonly Value[] {
  return requireElements(call.args[index] ?? null, call.meter, `${call.name}(): `);
}

export function asString(call: Call, value: Value): string {
  if (typeof value === 'string') return value;
  throw wrongType(call, value, 'string');
}

export function asCallable(call: Call, value: Value): Func | Builtin {
  if (value instanceof Func || value instanceof Builtin) return value;
  throw wrongType(call, value, 'function');
}

export function asBoolean(call: Call, value: Value): boolean {
  if (typeof value === 'boolean') return value;
  throw wrongType(call, value, 'bool');
}

/** The error for an argument of a wrong type. */
export function wrongType(call: Call, value: Value | undefined, wanted: string): Failure {
  return new Failure(`${call.name}(): got ${typeName(value ?? null)}, want ${wanted}`);
}

function safeInt(call: Call, value: Int): number {
  if (typeof value === 'number') return value;
  throw new Failure(`${call.name}(): the int is too large here`);
}
