import { Failure } from '../errors.ts';
import type { CallExpression, Expression } from '../syntax/ast.ts';
import { elementsOf } from '../values/iterate.ts';
import { Dict, type Keyword, typeName, type Value } from '../values/value.ts';
import type { Evaluate, Frame, Program } from './frame.ts';

const NO_KEYWORDS: readonly Keyword[] = [];

/** Evaluates the function, then the arguments from left to right, then calls. */
export function compileCall(program: Program, expression: CallExpression): Evaluate {
  const { meter } = program;
  const { at, args } = expression;
  const callee = program.compileExpression(expression.callee);
  const positional = args
    .filter((argument) => argument.kind === 'positional')
    .map((argument) => program.compileExpression(argument.value));
  const named = args
    .filter((argument) => argument.kind === 'named')
    .map((argument) => ({ name: argument.name, value: program.compileExpression(argument.value) }));
  const star = compileOptional(program, args.find((argument) => argument.kind === '*')?.value);
  const doubleStar = compileOptional(program, args.find((argument) => argument.kind === '**')?.value);
  return (frame) => {
    const target = callee(frame);
    let values: Value[] = positional.map((argument) => argument(frame));
    let keywords = named.length === 0 ? NO_KEYWORDS : evaluateNamed(named, frame);
    const more = star?.(frame);
    const extra = doubleStar?.(frame);
    meter.step();
    frame.at = at;
    if (extra !== undefined) keywords = [...keywords, ...keywordsOf(extra)];
    if (more !== undefined) {
      const elements = elementsOf(more, meter);
      if (elements === undefined)
        throw new Failure(`the argument after * must be an iterable, got ${typeName(more)}`);
      meter.allocate(8 * elements.length);
      values = [...values, ...elements];
    }
    return program.call(target, values, keywords);
  };
}

function compileOptional(program: Program, expression: Expression | undefined): Evaluate | undefined {
  return expression === undefined ? undefined : program.compileExpression(expression);
}

function evaluateNamed(
  named: readonly { readonly name: string; readonly value: Evaluate }[],
  frame: Frame,
): Keyword[] {
  return named.map(({ name, value }) => [name, value(frame)]);
}

function keywordsOf(value: Value): Keyword[] {
  if (!(value instanceof Dict))
    throw new Failure(`the argument after ** must be a dict, got ${typeName(value)}`);
  return Array.from(value.table.entries(), (entry): Keyword => {
    if (typeof entry.key === 'string') return [entry.key, entry.value];
    throw new Failure(`the keys of the dict after ** must be strings, got ${typeName(entry.key)}`);
  });
}
