import type { FunctionNode, FunctionScope, Statement } from '../syntax/ast.ts';
import { depthOfBlock } from '../syntax/depth.ts';
import { type Cell, Func, type FunctionCode, type Value } from '../values/value.ts';
import { compileBlock } from './compile-statement.ts';
import type { Evaluate, Frame, Program, RunningCode } from './frame.ts';

/** Compiles a `def` or `lambda` into code that makes the function value: defaults are evaluated at that moment. */
export function compileFunction(program: Program, node: FunctionNode): Evaluate {
  const { meter } = program;
  const code = compileCode(program, node);
  const defaults = compileDefaults(program, node);
  const { free } = node.scope;
  return (frame) => {
    meter.step();
    meter.allocate(64);
    frame.at = node.at;
    const values = defaults.map((evaluate) => evaluate?.(frame));
    const cells = free.map((outer) => cellOf(frame, outer.scope === 'free', outer.index));
    return new Func(code, values, cells);
  };
}

/** Runs the statements of a file, whose comprehensions have variables of their own. */
export function runFile(program: Program, statements: readonly Statement[], variables: FunctionScope): void {
  const code: RunningCode = { depth: depthOfBlock(statements), isRunning: false };
  const locals: (Value | undefined)[] = new Array(variables.locals.length).fill(undefined);
  const frame: Frame = {
    name: 'top level',
    locals,
    cells: makeCells(variables, locals),
    free: [],
    at: 0,
    result: null,
  };
  program.inFrame(frame, code, compileBlock(program, statements));
}

function compileCode(program: Program, node: FunctionNode): FunctionCode {
  const { name, at, parameters, body, scope, depth } = node;
  const star = parameters.findIndex(({ kind }) => kind === '*');
  const ordinary = parameters.filter(({ kind }) => kind === 'required' || kind === 'optional');
  const afterStar = star < 0 ? [] : parameters.slice(star + 1).filter(({ kind }) => kind !== '**');
  const running: RunningCode = { depth, isRunning: false };
  const run = compileBlock(program, body);
  return {
    name,
    at,
    parameters: ordinary.map((parameter) => parameter.name?.name ?? ''),
    keywordOnlyCount: afterStar.length,
    hasVarargs: star >= 0 && parameters[star]?.name !== undefined,
    hasKwargs: parameters.some(({ kind }) => kind === '**'),
    localCount: scope.locals.length,
    invoke: (func, locals) => {
      const frame: Frame = {
        name,
        locals,
        cells: makeCells(scope, locals),
        free: func.free,
        at: 0,
        result: null,
      };
      return program.inFrame(frame, running, run);
    },
  };
}

/** From the first default on: `undefined` stands for a required keyword-only parameter. */
function compileDefaults(program: Program, { parameters }: FunctionNode): readonly (Evaluate | undefined)[] {
  const ordinary = parameters.filter(({ kind }) => kind === 'required' || kind === 'optional');
  const first = ordinary.findIndex(({ kind }) => kind === 'optional');
  if (first < 0) return [];
  return ordinary
    .slice(first)
    .map(({ defaultValue }) =>
      defaultValue === undefined ? undefined : program.compileExpression(defaultValue),
    );
}

const NO_CELLS: readonly (Cell | undefined)[] = [];

/** Variables that inner functions use move into cells, parameters with their values. */
function makeCells(
  { locals: bindings }: FunctionScope,
  locals: readonly (Value | undefined)[],
): Frame['cells'] {
  if (!bindings.some(({ scope }) => scope === 'cell')) return NO_CELLS;
  return bindings.map(({ scope }, index) => (scope === 'cell' ? { value: locals[index] } : undefined));
}

function cellOf(frame: Frame, isFree: boolean, index: number): Cell {
  const cell = isFree ? frame.free[index] : frame.cells[index];
  if (cell === undefined) throw new Error('a shared variable has no cell');
  return cell;
}
