import { failed } from '../failure.ts';
import type { Parameter } from '../function-table.ts';
import type { ChainOperand, Command, Operand, Pipeline } from '../syntax/ast.ts';
import type { Value } from '../value.ts';
import { type Arguments, convertArgument } from './arguments.ts';
import { callFunction } from './call.ts';
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
  const args: Arguments = { ...noArguments(run, dot), operands: rest, piped };
  run.offset = first.offset;
  run.env.budget.step();
  switch (first.type) {
    case 'field':
      return readFields(run, dot, first.names, args);
    case 'variable':
      if (first.names.length > 0) return readFields(run, run.scope.read(first.name), first.names, args);
      break;
    case 'chain':
      return evaluateChain(run, dot, first, args);
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

function evaluateChain(run: Run, dot: Value, { node, names }: ChainOperand, args: Arguments): Value {
  const { offset } = run;
  const receiver = evaluateOperand(run, dot, node);
  run.offset = offset;
  return readFields(run, receiver, names, args);
}

function evaluateOperand(run: Run, dot: Value, operand: Operand): Value {
  run.offset = operand.offset;
  const args = noArguments(run, dot);
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
      return readFields(run, dot, operand.names, args);
    case 'variable':
      return readFields(run, run.scope.read(operand.name), operand.names, args);
    case 'chain':
      return evaluateChain(run, dot, operand, args);
    case 'identifier':
      return callFunction(run, operand.name, args);
    case 'pipeline':
      return evaluatePipeline(run, dot, operand.pipeline);
  }
}

function noArguments(run: Run, dot: Value): Arguments {
  return {
    operands: [],
    piped: [],
    evaluate: (operand, parameter) => evaluateArgument(run, dot, operand, parameter),
  };
}

function evaluateArgument(run: Run, dot: Value, operand: Operand, parameter: Parameter): Value {
  run.env.budget.step();
  run.offset = operand.offset;
  if (
    parameter === 'string' &&
    (operand.type === 'nil' || operand.type === 'number' || operand.type === 'bool')
  )
    throw failed(`The function needs a string here, not a ${operand.type}.`);
  return convertArgument(evaluateOperand(run, dot, operand), parameter);
}
