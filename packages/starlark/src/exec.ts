import { compileExpression } from './compile/compile-expression.ts';
import { compileFunction, runFile } from './compile/compile-function.ts';
import { Machine } from './compile/machine.ts';
import { makeUniverse } from './library/universe.ts';
import { type Limits, Meter } from './limits.ts';
import { resolveFile } from './resolve/resolve.ts';
import { parseFile } from './syntax/parse-file.ts';
import { SourceFile } from './syntax/source-file.ts';
import { decodeUtf8 } from './text/utf8.ts';
import { freeze } from './values/freeze.ts';
import type { Value } from './values/value.ts';

export interface ExecOptions {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Names that the file knows beside the standard ones. */
  readonly predeclared?: ReadonlyMap<string, Value>;
  readonly limits?: Partial<Limits>;
}

/** A file that has been run: its global variables are there, frozen, and its functions can be called. */
export interface Module {
  readonly globals: ReadonlyMap<string, Value>;
  readonly meter: Meter;
  /** Lines printed so far. */
  printed(): string[];
  /** Calls a function of the file; throws a `StarlarkError`. */
  call(callee: Value, args: readonly Value[]): Value;
  /** Does something with values; failures become a `StarlarkError` of the file. */
  guard<T>(action: () => T): T;
}

/**
 * Runs a Starlark file as Starlark-Go does with its default options: sets, nested functions and lambdas are on;
 * `while`, recursion, reassigned globals, `if` and `for` outside of functions, and `load` are off. Nothing outside of
 * the file can be reached. Throws a `StarlarkError` for every problem.
 */
export function exec(source: string, options: ExecOptions): Module {
  const file = new SourceFile(options.file, source);
  const meter = new Meter(options.limits);
  const predeclared = makeUniverse();
  for (const [name, value] of options.predeclared ?? []) predeclared.set(name, value);
  const statements = parseFile(file);
  const resolved = resolveFile(file, statements, (name) => predeclared.has(name));
  const machine = new Machine({ file, meter, predeclared, compiler: { compileExpression, compileFunction } });
  guard(machine, () => {
    runFile(machine, statements, resolved.variables);
    freeze(machine.globals, meter);
  });
  return {
    globals: globalsByName(resolved.globals, machine.globals),
    meter,
    printed: () => machine.printed.map(decodeUtf8),
    call: (callee, args) => guard(machine, () => machine.call(callee, args, []), callee),
    guard: (action) => guard(machine, action),
  };
}

function guard<T>(machine: Machine, action: () => T, origin?: Value): T {
  try {
    return action();
  } catch (error) {
    throw machine.explain(error, origin);
  }
}

function globalsByName(names: readonly string[], values: readonly (Value | undefined)[]): Map<string, Value> {
  const globals = new Map<string, Value>();
  for (const [index, name] of names.entries()) {
    const value = values[index];
    if (value !== undefined) globals.set(name, value);
  }
  return globals;
}
