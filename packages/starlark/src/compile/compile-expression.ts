import { Failure } from '../errors.ts';
import { getAttribute } from '../library/attributes.ts';
import type {
  Attribute,
  Binding,
  Chain,
  Conditional,
  DictDisplay,
  Expression,
  Index,
  Slice,
  Unary,
} from '../syntax/ast.ts';
import { getIndex, slice } from '../values/access.ts';
import { binary, unary } from '../values/operators.ts';
import { repr } from '../values/repr.ts';
import { Table } from '../values/table.ts';
import { Dict, isTruthy, List, Tuple, type Value } from '../values/value.ts';
import { compileCall } from './compile-call.ts';
import { compileComprehension } from './compile-comprehension.ts';
import type { Evaluate, Frame, Program } from './frame.ts';

/** Turns an expression into a function that evaluates it. Each node counts as one step. */
export function compileExpression(program: Program, expression: Expression): Evaluate {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression;
      return () => {
        program.meter.step();
        return value;
      };
    }
    case 'name':
      return compileName(program, expression.binding, expression.start);
    case 'list':
      return compileDisplay(program, expression.items, (items) => new List(items));
    case 'tuple':
      return compileDisplay(program, expression.items, (items) => new Tuple(items));
    case 'dict':
      return compileDict(program, expression);
    case 'comprehension':
      return compileComprehension(program, expression);
    case 'conditional':
      return compileConditional(program, expression);
    case 'unary':
      return compileUnary(program, expression);
    case 'chain':
      return compileChain(program, expression);
    case 'attribute':
      return compileAttribute(program, expression);
    case 'index':
      return compileIndex(program, expression);
    case 'slice':
      return compileSlice(program, expression);
    case 'call':
      return compileCall(program, expression);
    case 'lambda':
      return program.compileFunction(expression.function);
  }
}

function compileName(program: Program, binding: Binding | undefined, at: number): Evaluate {
  if (binding === undefined) throw new Error('a name reached the compiler unresolved');
  const { name, index } = binding;
  const { meter, globals } = program;
  if (binding.scope === 'predeclared') {
    const value = program.predeclared.get(name) ?? null;
    return () => {
      meter.step();
      return value;
    };
  }
  const read = readerOf(binding, globals);
  return (frame) => {
    meter.step();
    const value = read(frame);
    if (value !== undefined) return value;
    frame.at = at;
    const kind = index >= 0 && binding.scope === 'global' ? 'global' : 'local';
    throw new Failure(`the ${kind} variable ${name} is used before it has a value`);
  };
}

function readerOf(binding: Binding, globals: (Value | undefined)[]): (frame: Frame) => Value | undefined {
  const { index } = binding;
  switch (binding.scope) {
    case 'local':
      return (frame) => frame.locals[index];
    case 'cell':
      return (frame) => frame.cells[index]?.value;
    case 'free':
      return (frame) => frame.free[index]?.value;
    default:
      return () => globals[index];
  }
}

function compileDisplay(
  program: Program,
  expressions: readonly Expression[],
  make: (items: Value[]) => Value,
): Evaluate {
  const { meter } = program;
  const items = expressions.map((item) => program.compileExpression(item));
  return (frame) => {
    meter.step();
    meter.allocate(16 + 8 * items.length);
    return make(items.map((item) => item(frame)));
  };
}

function compileDict(program: Program, expression: DictDisplay): Evaluate {
  const { meter } = program;
  const entries = expression.entries.map(({ at, key, value }) => ({
    at,
    key: program.compileExpression(key),
    value: program.compileExpression(value),
  }));
  return (frame) => {
    meter.step();
    meter.allocate(64);
    const table = new Table();
    for (const entry of entries) {
      meter.step();
      const key = entry.key(frame);
      const value = entry.value(frame);
      frame.at = entry.at;
      if (!table.set(key, value, meter)) throw new Failure(`the dict has the key ${repr(key, meter)} twice`);
    }
    return new Dict(table);
  };
}

function compileConditional(program: Program, expression: Conditional): Evaluate {
  const { meter } = program;
  const condition = program.compileExpression(expression.condition);
  const then = program.compileExpression(expression.then);
  const otherwise = program.compileExpression(expression.otherwise);
  return (frame) => {
    meter.step();
    return isTruthy(condition(frame)) ? then(frame) : otherwise(frame);
  };
}

function compileUnary(program: Program, { operator, operand, at }: Unary): Evaluate {
  const { meter } = program;
  const evaluate = program.compileExpression(operand);
  if (operator === 'not') return (frame) => !isTruthy(evaluate(frame));
  return (frame) => {
    const value = evaluate(frame);
    meter.step();
    frame.at = at;
    return unary(operator, value, meter);
  };
}

/** `and` and `or` leave out their right side where the left one decides. */
function compileChain(program: Program, { first, links }: Chain): Evaluate {
  const { meter } = program;
  const start = program.compileExpression(first);
  const steps = links.map(({ operator, at, right }) => ({
    operator,
    at,
    right: program.compileExpression(right),
  }));
  return (frame) => {
    let value = start(frame);
    for (const { operator, at, right } of steps) {
      meter.step();
      if (operator === 'and' || operator === 'or') {
        if (isTruthy(value) === (operator === 'and')) value = right(frame);
        continue;
      }
      const operand = right(frame);
      frame.at = at;
      value = binary(operator, value, operand, meter);
    }
    return value;
  };
}

function compileAttribute(program: Program, { object, name, at }: Attribute): Evaluate {
  const { meter } = program;
  const evaluate = program.compileExpression(object);
  return (frame) => {
    const value = evaluate(frame);
    meter.step();
    frame.at = at;
    return getAttribute(value, name);
  };
}

function compileIndex(program: Program, { object, key, at }: Index): Evaluate {
  const { meter } = program;
  const evaluateObject = program.compileExpression(object);
  const evaluateKey = program.compileExpression(key);
  return (frame) => {
    const container = evaluateObject(frame);
    const index = evaluateKey(frame);
    meter.step();
    frame.at = at;
    return getIndex(container, index, meter);
  };
}

function compileSlice(program: Program, expression: Slice): Evaluate {
  const { meter } = program;
  const { at } = expression;
  const object = program.compileExpression(expression.object);
  const [low, high, step] = [expression.low, expression.high, expression.step].map((part) =>
    part === undefined ? () => null : program.compileExpression(part),
  ) as [Evaluate, Evaluate, Evaluate];
  return (frame) => {
    const value = object(frame);
    const parts = [low(frame), high(frame), step(frame)] as const;
    meter.step();
    frame.at = at;
    return slice(value, ...parts, meter);
  };
}
