import { Failure } from '../errors.ts';
import { toText } from '../values/repr.ts';
import { Bytes, type Call, List, type Value } from '../values/value.ts';
import { asString, checkPositional, stringAt, unpackNamed } from './arguments.ts';
import { attributeNames, findAttribute, getAttribute } from './attributes.ts';
import type { Functions } from './universe.ts';

export const OBJECTS: Functions = [
  [
    'dir',
    (call) => {
      checkPositional(call, 1, 1);
      const names = attributeNames(call.args[0] ?? null);
      call.meter.allocate(32 * names.length);
      return new List(names);
    },
  ],
  [
    'fail',
    (call) => {
      throw new Failure(`fail: ${joined(call)}`);
    },
  ],
  [
    'getattr',
    (call) => {
      checkPositional(call, 2, 3);
      const [object = null, , fallback] = call.args;
      const name = stringAt(call, 1);
      if (fallback === undefined) return getAttribute(object, name);
      return findAttribute(object, name) ?? fallback;
    },
  ],
  [
    'hasattr',
    (call) => {
      checkPositional(call, 2, 2);
      return findAttribute(call.args[0] ?? null, stringAt(call, 1)) !== undefined;
    },
  ],
  [
    'print',
    (call) => {
      call.host.print(joined(call));
      return null;
    },
  ],
];

/** The arguments as text with `sep`, a blank by default, between them. */
function joined(call: Call): string {
  const [separator = ' '] = unpackNamed(call, ['sep']);
  const between = asString(call, separator);
  const parts = call.args.map((value: Value) =>
    value instanceof Bytes ? value.data : toText(value, call.meter),
  );
  call.meter.allocate(parts.reduce((size, part) => size + part.length + between.length, 0));
  return parts.join(between);
}
