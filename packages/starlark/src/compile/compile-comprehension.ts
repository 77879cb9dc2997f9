import type { Comprehension, DictEntry, Expression, ForClause, IfClause } from '../syntax/ast.ts';
import { Table } from '../values/table.ts';
import { Dict, isTruthy, List, type Value } from '../values/value.ts';
import { compileTarget } from './compile-assign.ts';
import type { Evaluate, Frame, Program } from './frame.ts';
import { loop } from './loop.ts';

/** Adds to the list or table that a comprehension is making. */
type Produce<T> = (frame: Frame, result: T) => void;

export function compileComprehension(program: Program, { body, clauses }: Comprehension): Evaluate {
  return 'kind' in body ? compileList(program, body, clauses) : compileDict(program, body, clauses);
}

function compileList(program: Program, body: Expression, clauses: Comprehension['clauses']): Evaluate {
  const { meter } = program;
  const evaluate = program.compileExpression(body);
  const produce = compileClauses<Value[]>(program, clauses, (frame, items) => {
    meter.step();
    meter.allocate(8);
    items.push(evaluate(frame));
  });
  return (frame) => {
    meter.step();
    const items: Value[] = [];
    produce(frame, items);
    return new List(items);
  };
}

function compileDict(program: Program, body: DictEntry, clauses: Comprehension['clauses']): Evaluate {
  const { meter } = program;
  const evaluateKey = program.compileExpression(body.key);
  const evaluateValue = program.compileExpression(body.value);
  const produce = compileClauses<Table>(program, clauses, (frame, table) => {
    meter.step();
    const key = evaluateKey(frame);
    const value = evaluateValue(frame);
    frame.at = body.at;
    table.set(key, value, meter);
  });
  return (frame) => {
    meter.step();
    const table = new Table();
    produce(frame, table);
    return new Dict(table);
  };
}

/** The clauses around the body, the last one innermost. */
function compileClauses<T>(
  program: Program,
  clauses: Comprehension['clauses'],
  body: Produce<T>,
): Produce<T> {
  let produce = body;
  for (const clause of clauses.toReversed()) {
    produce =
      clause.kind === 'if' ? compileIf(program, clause, produce) : compileFor(program, clause, produce);
  }
  return produce;
}

function compileIf<T>(program: Program, { condition }: IfClause, inner: Produce<T>): Produce<T> {
  const { meter } = program;
  const evaluate = program.compileExpression(condition);
  return (frame, result) => {
    meter.step();
    if (isTruthy(evaluate(frame))) inner(frame, result);
  };
}

function compileFor<T>(program: Program, clause: ForClause, inner: Produce<T>): Produce<T> {
  const iterable = program.compileExpression(clause.iterable);
  const assign = compileTarget(program, clause.target, clause.at);
  return (frame, result) => {
    const value = iterable(frame);
    frame.at = clause.at;
    loop(value, program.meter, (element) => {
      assign(frame, element);
      inner(frame, result);
      return 'next';
    });
  };
}
