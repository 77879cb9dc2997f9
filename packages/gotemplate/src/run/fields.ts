import { failed } from '../failure.ts';
import { excerpt } from '../text/bytes.ts';
import { timeMethod } from '../time/methods.ts';
import { type Struct, typeName, type Value } from '../value.ts';
import { type Arguments, countArguments } from './arguments.ts';
import { guard } from './call.ts';
import type { Run } from './run.ts';

/** Follows `.a.b` from a value. A missing value has only missing fields; a nil value has none. */
export function readFields(run: Run, receiver: Value, names: readonly string[], args: Arguments): Value {
  let value = receiver;
  const none: Arguments = { ...args, operands: [], piped: [] };
  names.forEach((name, index) => {
    run.env.budget.step();
    value = readField(run, value, name, index === names.length - 1 ? args : none);
  });
  return value;
}

function readField(run: Run, receiver: Value, name: string, args: Arguments): Value {
  if (receiver === undefined) return undefined;
  if (receiver === null)
    throw failed(`The value is nil, so it has no field ${excerpt(name)}; test it with "if" or "with".`);
  if (typeof receiver === 'object') {
    if (receiver.kind === 'struct') return readStructField(receiver, name, args);
    if (receiver.kind === 'map') {
      refuseArguments(name, args);
      return receiver.entries.get(name);
    }
    const method = timeMethod(receiver, name);
    if (method !== undefined) return callMethod(run, name, method.arguments, method.call, args);
  }
  throw failed(`A value of type ${typeName(receiver)} has no field ${excerpt(name)}.`);
}

function readStructField(struct: Struct, name: string, args: Arguments): Value {
  const field = struct.fields.has(name) ? name : struct.aliases.get(name);
  if (field === undefined)
    throw failed(`The record has no field ${excerpt(name)}; it has ${listFields(struct)}.`);
  refuseArguments(name, args);
  return struct.fields.get(field);
}

function listFields(struct: Struct): string {
  const names = [...struct.fields.keys()];
  return names.length > 0 ? names.slice(0, 40).map(excerpt).join(', ') : 'none';
}

function refuseArguments(name: string, args: Arguments): void {
  if (countArguments(args) > 0)
    throw failed(`The field ${excerpt(name)} is not a function, so it takes no arguments.`);
}

function callMethod(
  run: Run,
  name: string,
  count: number,
  call: (args: readonly string[]) => Value,
  args: Arguments,
): Value {
  const given = countArguments(args);
  if (given !== count) throw failed(`The method ${name} takes ${count} arguments, not ${given}.`);
  const { offset } = run;
  const values = args.operands.map((operand) => args.evaluate(operand, 'string'));
  run.offset = offset;
  return guard(name, () => call([...values, ...args.piped].map(toText)));
}

function toText(value: Value): string {
  if (typeof value === 'string') return value;
  throw failed(`The method needs a string, not ${typeName(value)}.`);
}
