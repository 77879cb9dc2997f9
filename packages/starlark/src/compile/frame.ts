import type { Meter } from '../limits.ts';
import type { Expression, FunctionNode } from '../syntax/ast.ts';
import type { Cell, Host, Value } from '../values/value.ts';

/** One call of a function that is under way, or the run of the file itself. */
export interface Frame {
  readonly name: string;
  readonly locals: (Value | undefined)[];
  /** The locals that inner functions share, at the same indexes. */
  readonly cells: readonly (Cell | undefined)[];
  /** Variables of outer functions. */
  readonly free: readonly Cell[];
  /** Byte offset of what is being evaluated, for errors. */
  at: number;
  /** What a `return` statement returns. */
  result: Value;
}

/** A compiled expression. */
export type Evaluate = (frame: Frame) => Value;

/** How a statement ended. */
export const SIGNALS = ['next', 'break', 'continue', 'return'] as const;
export type Signal = (typeof SIGNALS)[number];

/** A compiled statement. */
export type Execute = (frame: Frame) => Signal;

/** What compiled code works on. */
export interface Program extends Host {
  readonly meter: Meter;
  readonly globals: (Value | undefined)[];
  readonly predeclared: ReadonlyMap<string, Value>;
  compileExpression(expression: Expression): Evaluate;
  /** Code that makes a function value. */
  compileFunction(node: FunctionNode): Evaluate;
  /** Runs `body` as a call of its own. */
  inFrame(frame: Frame, code: RunningCode, body: Execute): Value;
}

/** Turns the syntax tree into functions; expressions contain functions and the other way round. */
export interface Compiler {
  compileExpression(program: Program, expression: Expression): Evaluate;
  compileFunction(program: Program, node: FunctionNode): Evaluate;
}

export interface RunningCode {
  /** Nesting that the body needs. */
  readonly depth: number;
  /** Whether a call is under way: recursion is not possible. */
  isRunning: boolean;
}
