import { Failure, failed } from '../failure.ts';
import type { GoFunction } from '../function-table.ts';
import { excerpt } from '../text/bytes.ts';
import { isTrue, type Value } from '../value.ts';
import { type Arguments, convertArgument, countArguments } from './arguments.ts';
import type { Run } from './run.ts';
import { shortCircuit } from './short-circuit.ts';

/** Calls a function of the table; `and` and `or` evaluate no more operands than they need. */
export function callFunction(run: Run, name: string, args: Arguments): Value {
  const fn = run.functions.get(name);
  if (fn === undefined) throw failed(`The function "${excerpt(name)}" does not exist.`);
  const { offset } = run;
  checkCount(name, fn, args);
  if (fn.call === shortCircuit) return callShortCircuit(name === 'or', args);
  const values = args.operands.map((operand, index) => args.evaluate(operand, parameterAt(fn, index)));
  for (const value of args.piped) values.push(convertArgument(value, parameterAt(fn, values.length)));
  run.offset = offset;
  for (const value of values) chargeText(run, value);
  return guard(name, () => fn.call(run.env, values));
}

/** Whatever a function does with a text, it reads it. */
function chargeText(run: Run, value: Value): void {
  if (typeof value === 'string' && value.length > 64) run.env.budget.step(value.length / 256);
}

function callShortCircuit(stopsAt: boolean, args: Arguments): Value {
  let value: Value;
  for (const operand of args.operands) {
    value = args.evaluate(operand, 'value');
    if (isTrue(value) === stopsAt) return value;
  }
  for (const piped of args.piped) value = piped;
  return value;
}

function checkCount(name: string, fn: GoFunction, args: Arguments): void {
  const count = countArguments(args);
  const wanted = fn.parameters.length;
  if (count === wanted || (fn.rest !== undefined && count > wanted)) return;
  const least = fn.rest === undefined ? '' : 'at least ';
  throw failed(`The function "${excerpt(name)}" takes ${least}${wanted} arguments, not ${count}.`);
}

function parameterAt(fn: GoFunction, index: number): GoFunction['parameters'][number] {
  return fn.parameters[index] ?? fn.rest ?? 'any';
}

/** Runs a function; what goes wrong in it is said with its name. Limits stay limits. */
export function guard(name: string, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure && error.kind !== 'execution') throw error;
    if (error instanceof RangeError && isStackOverflow(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw failed(`${excerpt(name)}: ${reason}`, error);
  }
}

/** V8 says it in words only. */
export function isStackOverflow(error: RangeError): boolean {
  return error.message.includes('call stack');
}
