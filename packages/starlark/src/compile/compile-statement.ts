import type { Statement } from '../syntax/ast.ts';
import { isTruthy } from '../values/value.ts';
import { compileAugmented, compileTarget } from './compile-assign.ts';
import type { Execute, Program } from './frame.ts';
import { loop } from './loop.ts';

/** Turns statements into a function that runs them in order until one ends otherwise than with `next`. */
export function compileBlock(program: Program, statements: readonly Statement[]): Execute {
  const steps = statements.map((statement) => compileStatement(program, statement));
  return (frame) => {
    for (const step of steps) {
      const signal = step(frame);
      if (signal !== 'next') return signal;
    }
    return 'next';
  };
}

function compileStatement(program: Program, statement: Statement): Execute {
  switch (statement.kind) {
    case 'expression':
      return compileEffect(program, statement);
    case 'assign':
      return compileAssignment(program, statement);
    case 'def': {
      const make = program.compileFunction(statement.function);
      const assign = compileTarget(program, statement.name, statement.at);
      return (frame) => {
        assign(frame, make(frame));
        return 'next';
      };
    }
    case 'if':
      return compileIf(program, statement);
    case 'for':
      return compileFor(program, statement);
    case 'return':
      return compileReturn(program, statement);
    case 'pass':
      return () => 'next';
    case 'break':
      return () => 'break';
    case 'continue':
      return () => 'continue';
    default:
      throw new Error(`a ${statement.kind} statement reached the compiler`);
  }
}

type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>;

/** A lone literal is documentation and takes no step. */
function compileEffect(program: Program, { value }: StatementOf<'expression'>): Execute {
  if (value.kind === 'literal') return () => 'next';
  const evaluate = program.compileExpression(value);
  return (frame) => {
    program.meter.step();
    evaluate(frame);
    return 'next';
  };
}

function compileAssignment(program: Program, statement: StatementOf<'assign'>): Execute {
  const { target, value, operator, at } = statement;
  if (operator !== undefined) {
    const run = compileAugmented(program, target, operator, value, at);
    return (frame) => {
      run(frame);
      return 'next';
    };
  }
  const evaluate = program.compileExpression(value);
  const assign = compileTarget(program, target, at);
  return (frame) => {
    assign(frame, evaluate(frame));
    return 'next';
  };
}

function compileIf(program: Program, statement: StatementOf<'if'>): Execute {
  const branches = statement.branches.map(({ condition, body }) => ({
    condition: program.compileExpression(condition),
    body: compileBlock(program, body),
  }));
  const otherwise = compileBlock(program, statement.otherwise);
  return (frame) => {
    for (const { condition, body } of branches) {
      program.meter.step();
      if (isTruthy(condition(frame))) return body(frame);
    }
    return otherwise(frame);
  };
}

function compileFor(program: Program, { target, iterable, body, at }: StatementOf<'for'>): Execute {
  const evaluate = program.compileExpression(iterable);
  const assign = compileTarget(program, target, at);
  const run = compileBlock(program, body);
  return (frame) => {
    const value = evaluate(frame);
    frame.at = at;
    const signal = loop(value, program.meter, (element) => {
      assign(frame, element);
      return run(frame);
    });
    return signal === 'return' ? signal : 'next';
  };
}

function compileReturn(program: Program, { value }: StatementOf<'return'>): Execute {
  const evaluate = value === undefined ? () => null : program.compileExpression(value);
  return (frame) => {
    program.meter.step();
    frame.result = evaluate(frame);
    return 'return';
  };
}
