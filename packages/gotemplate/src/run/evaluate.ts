import { failed } from '../failure.ts';
import type { Parameter } from '../function-table.ts';
import type { Command, Operand, Pipeline } from '../syntax/ast.ts';
import { type Value, typeName } from '../value.ts';
import { type Arguments, callFunction } from './call.ts';
import { readFields } from './fields.ts';
import type { Run } from './run.ts';

/** The value of a pipeline; a nil interface comes out as missing. Sets the variables that it declares. */
export function evaluatePipeline(run: Run, dot: Value, pipeline: Pipeline): Value {
  run.offset = pipeline.offset;
  run.env.budget.enter();
  let value: Value;
  let isFirst = true;
  for (const command of pipeline.commands) {
    const piped: readonly Value[] = isFirst ? [] : [value];
    value = evaluateCommand(run, dot, command, piped) ?? undefined;
    isFirst = false;
  }
  for (const name of pipeline.variables) {
    if (pipeline.isAssignment) run.scope.assign(name, value);
    else run.scope.declare(name, value);
  }
  run.env.budget.leave();
  return value;
}

/** `piped` is the value of the command before, if there is one. */
function evaluateCommand(run: Run, dot: Value, command: Command, piped: readonly Value[]): Value {
  const [first, ...rest] = command.operands;
  const args: Arguments = { dot, operands: rest, piped };
  run.offset = first.offset;
  run.env.budget.step();
  switch (first.type) {
    case 'field':
      return readFields(run, dot, first.names, args);
    case 'variable':
      if (first.names.length > 0) return readFields(run, run.scope.read(first.name), first.names, args);
      break;
    case 'chain':
      return evaluateChain(run, first.node, first.names, args);
    case 'identifier':
      return callFunction(run, first.name, args);
    case 'nil':
      throw failed('nil alone is not a value.');
    default:
      break;
  }
  if (rest.length > 0 || piped.length > 0) throw failed('A value that is not a function gets an argument.');
  return evaluateOperand(run, dot, first);
}

function evaluateChain(run: Run, node: Operand, names: readonly string[], args: Arguments): Value {
  const { offset } = run;
  const receiver = evaluateOperand(run, args.dot, node);
  run.offset = offset;
  return readFields(run, receiver, names, args);
}

function evaluateOperand(run: Run, dot: Value, operand: Operand): Value {
  run.offset = operand.offset;
  const noArguments: Arguments = { dot, operands: [], piped: [] };
  switch (operand.type) {
    case 'bool':
    case 'string':
      return operand.value;
    case 'number':
      if (operand.value === 'overflow') throw failed(`The number ${operand.text} does not fit into an int.`);
      return operand.value;
    case 'dot':
      return dot;
    case 'nil':
      return undefined;
    case 'field':
      return readFields(run, dot, operand.names, noArguments);
    case 'variable':
      return readFields(run, run.scope.read(operand.name), operand.names, noArguments);
    case 'chain':
      return evaluateChain(run, operand.node, operand.names, noArguments);
    case 'identifier':
      return callFunction(run, operand.name, noArguments);
    case 'pipeline':
      return evaluatePipeline(run, dot, operand.pipeline);
  }
}

/** The value of an operand as an argument of the given type. */
export function evaluateArgument(run: Run, dot: Value, operand: Operand, parameter: Parameter): Value {
  run.env.budget.step();
  run.offset = operand.offset;
  if (parameter === 'string' && (operand.type === 'nil' || operand.type === 'number' || operand.type === 'bool'))
    throw failed(`The function needs a string here, not a ${operand.type}.`);
  return convertArgument(evaluateOperand(run, dot, operand), parameter);
}

/** Checks a value against the type of a parameter. */
export function convertArgument(value: Value, parameter: Parameter): Value {
  switch (parameter) {
    case 'value':
      return value;
    case 'any':
      return value ?? null;
    case 'string':
      if (typeof value === 'string') return value;
      throw failed(`The function needs a string here, not ${typeName(value)}.`);
  }
}
