import { compareValues, equalValues } from '../runtime/compare.ts';
import { expectArray, expectBoolean, expectString } from '../runtime/expect.ts';
import { ObjectValue } from '../runtime/objects.ts';
import { toText } from '../runtime/to-text.ts';
import { ArrayValue, Closure, isFunction, type TypeName, typeName, type Value } from '../runtime/values.ts';
import { type Definition, type Library, strict } from './define.ts';

/** Types, comparison, external variables and tracing. */
export function typeLibrary(): Library {
  return {
    type: strict('x', (_, x: Value) => typeName(x)),
    isArray: isType('array'),
    isBoolean: isType('boolean'),
    isFunction: isType('function'),
    isNumber: isType('number'),
    isObject: isType('object'),
    isString: isType('string'),
    id: strict('x', (_, x: Value) => x),
    toString: strict('a', (machine, a: Value) => toText(machine, a)),
    length: strict('x', (machine, x: Value) => {
      if (typeof x === 'string') return machine.countCharacters(x);
      if (x instanceof ArrayValue) return x.cells.length;
      if (x instanceof ObjectValue) return x.visibleNames(machine).length;
      if (x instanceof Closure) return x.node.parameters.length;
      if (isFunction(x)) return x.parameters.length;
      return machine.fail(`A value of type ${typeName(x)} has no length.`);
    }),
    ...comparisons(),
    xor: strict(
      'x y',
      (machine, x: Value, y: Value) => expectBoolean(machine, x) !== expectBoolean(machine, y),
    ),
    xnor: strict(
      'x y',
      (machine, x: Value, y: Value) => expectBoolean(machine, x) === expectBoolean(machine, y),
    ),
    extVar: strict('x', (machine, x: Value) => {
      const name = expectString(machine, x);
      const value = machine.surroundings.external(machine, name);
      if (value !== undefined) return value;
      return machine.fail(`There is no external variable ${JSON.stringify(name)}.`);
    }),
    // Nothing is registered, and the language answers null for what is not.
    native: strict('x', (machine, x: Value) => {
      expectString(machine, x);
      return null;
    }),
    trace: strict('str rest', (machine, message: Value, rest: Value) => {
      const text = machine.scan(expectString(machine, message));
      machine.allocate(64 + text.length);
      // The position is looked up from the beginning of the file.
      machine.spend(machine.at.offset >> 6);
      machine.surroundings.trace(text, machine.at);
      return rest;
    }),
  };
}

function isType(name: TypeName): Definition {
  return strict('v', (_, value: Value) => typeName(value) === name);
}

function comparisons(): Library {
  const ordered = (isWanted: (order: number) => boolean): Definition =>
    strict('arr1 arr2', (machine, a: Value, b: Value) =>
      isWanted(compareValues(machine, expectArray(machine, a), expectArray(machine, b))),
    );
  return {
    equals: strict('x y', (machine, x: Value, y: Value) => equalValues(machine, x, y)),
    primitiveEquals: strict('x y', (machine, x: Value, y: Value) => {
      if (typeName(x) !== typeName(y)) return false;
      if (typeof x !== 'object' || x === null) return equalValues(machine, x, y);
      return machine.fail(`Only simple values can be compared this way, not ${typeName(x)}.`);
    }),
    assertEqual: strict('a b', (machine, a: Value, b: Value) => {
      if (equalValues(machine, a, b)) return true;
      return machine.fail(`The values differ: ${toText(machine, a)} and ${toText(machine, b)}.`);
    }),
    __compare: strict('v1 v2', (machine, a: Value, b: Value) => Math.sign(compareValues(machine, a, b))),
    __compare_array: strict('arr1 arr2', (machine, a: Value, b: Value) =>
      Math.sign(compareValues(machine, expectArray(machine, a), expectArray(machine, b))),
    ),
    __array_less: ordered((order) => order < 0),
    __array_less_or_equal: ordered((order) => order <= 0),
    __array_greater: ordered((order) => order > 0),
    __array_greater_or_equal: ordered((order) => order >= 0),
  };
}
