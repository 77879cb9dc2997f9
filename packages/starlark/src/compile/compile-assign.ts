import { Failure } from '../errors.ts';
import { getAttribute } from '../library/attributes.ts';
import type { Binding, Expression } from '../syntax/ast.ts';
import { getIndex, setIndex } from '../values/access.ts';
import { extendList } from '../values/extend.ts';
import { elementsOf } from '../values/iterate.ts';
import { type BinaryOperator, binary } from '../values/operators.ts';
import { Dict, List, typeName, type Value } from '../values/value.ts';
import type { Frame, Program } from './frame.ts';

/** Gives a value to a name, an element or several of them. */
export type Assign = (frame: Frame, value: Value) => void;

/** `at` is where an error of unpacking points to. */
export function compileTarget(program: Program, target: Expression, at: number): Assign {
  switch (target.kind) {
    case 'name':
      return compileNameTarget(program, target.binding);
    case 'tuple':
    case 'list':
      return compileSequenceTarget(program, target.items, at);
    case 'index': {
      const evaluateObject = program.compileExpression(target.object);
      const evaluateKey = program.compileExpression(target.key);
      return (frame, value) => {
        const container = evaluateObject(frame);
        const key = evaluateKey(frame);
        program.meter.step();
        frame.at = target.at;
        setIndex(container, key, value, program.meter);
      };
    }
    case 'attribute': {
      const evaluate = program.compileExpression(target.object);
      return (frame) => {
        const object = evaluate(frame);
        frame.at = target.at;
        throw new Failure(`the field .${target.name} of a ${typeName(object)} cannot be assigned`);
      };
    }
    default:
      throw new Error(`a ${target.kind} reached the compiler as a target`);
  }
}

/** `target op= value`: the parts of the target are evaluated once; lists and dicts change in place. */
export function compileAugmented(
  program: Program,
  target: Expression,
  operator: BinaryOperator,
  value: Expression,
  at: number,
): (frame: Frame) => void {
  const { meter } = program;
  const evaluate = program.compileExpression(value);
  const combine = (frame: Frame, old: Value): Value => {
    const operand = evaluate(frame);
    meter.step();
    frame.at = at;
    return combineInPlace(operator, old, operand, program);
  };
  if (target.kind === 'index') {
    const evaluateObject = program.compileExpression(target.object);
    const evaluateKey = program.compileExpression(target.key);
    return (frame) => {
      const container = evaluateObject(frame);
      const key = evaluateKey(frame);
      meter.step();
      frame.at = target.at;
      const result = combine(frame, getIndex(container, key, meter));
      frame.at = target.at;
      setIndex(container, key, result, meter);
    };
  }
  if (target.kind === 'attribute') {
    const object = program.compileExpression(target.object);
    return (frame) => {
      const owner = object(frame);
      frame.at = target.at;
      combine(frame, getAttribute(owner, target.name));
      frame.at = target.at;
      throw new Failure(`the field .${target.name} of a ${typeName(owner)} cannot be assigned`);
    };
  }
  const read = program.compileExpression(target);
  const assign = compileTarget(program, target, at);
  return (frame) => assign(frame, combine(frame, read(frame)));
}

function combineInPlace(operator: BinaryOperator, old: Value, operand: Value, { meter }: Program): Value {
  if (operator === '+' && old instanceof List) {
    const elements = elementsOf(operand, meter);
    if (elements !== undefined) {
      extendList(old, elements, meter, 'apply += to');
      return old;
    }
  }
  if (operator === '|' && old instanceof Dict && operand instanceof Dict) {
    old.table.checkMutable('apply |= to');
    old.table.addAll(operand.table, meter);
    return old;
  }
  return binary(operator, old, operand, meter);
}

function compileNameTarget(program: Program, binding: Binding | undefined): Assign {
  if (binding === undefined) throw new Error('a target reached the compiler unresolved');
  const { globals, meter } = program;
  const { index } = binding;
  if (binding.scope === 'local') {
    return (frame, value) => {
      meter.step();
      frame.locals[index] = value;
    };
  }
  if (binding.scope === 'cell') {
    return (frame, value) => {
      meter.step();
      const cell = frame.cells[index];
      if (cell !== undefined) cell.value = value;
    };
  }
  return (_frame, value) => {
    meter.step();
    globals[index] = value;
  };
}

function compileSequenceTarget(program: Program, items: readonly Expression[], at: number): Assign {
  const { meter } = program;
  const targets = items.map((item) => compileTarget(program, item, at));
  return (frame, value) => {
    meter.step();
    frame.at = at;
    const elements = elementsOf(value, meter, targets.length + 1);
    if (elements === undefined)
      throw new Failure(`cannot unpack a ${typeName(value)} into ${targets.length} variables`);
    if (elements.length !== targets.length) {
      throw new Failure(`cannot unpack ${elements.length} values into ${targets.length} variables`);
    }
    for (const [index, assign] of targets.entries()) assign(frame, elements[index] as Value);
  };
}
