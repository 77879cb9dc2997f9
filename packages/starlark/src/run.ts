import { Failure, StarlarkError } from './errors.ts';
import { exec } from './exec.ts';
import { contextOf, type StarlarkInput } from './input.ts';
import { type JsonValue, parseJson, toJson } from './json.ts';
import type { Limits } from './limits.ts';
import { Builtin, Dict, Func, List, typeName, type Value } from './values/value.ts';

export interface StarlarkOptions {
  /** Name of the file, for messages. */
  readonly file: string;
  /** What `main` gets. */
  readonly ctx: StarlarkInput;
  readonly limits?: Partial<Limits>;
}

export interface StarlarkResult {
  /** The pipelines: one per element of a list, or the dict itself. Ints beyond 2^53 are strings of their digits. */
  readonly documents: JsonValue[];
  /** The same as Drone writes it: each document as JSON on one line, those of a list after a `---` line each. */
  readonly text: string;
  /** What the script printed, one entry per `print`. */
  readonly printed: string[];
  /** Steps that the run took. */
  readonly steps: number;
}

/**
 * Runs a Starlark pipeline file: executes it, calls `main(ctx)` and returns the pipelines (pipeline.md 9.5). All
 * limits count from the beginning of the file. Throws a `StarlarkError` for every problem.
 */
export function runStarlark(source: string, options: StarlarkOptions): StarlarkResult {
  const module = exec(source, options);
  const main = module.globals.get('main');
  if (main === undefined) throw resultError(options, 'the file defines no function main(ctx)');
  if (!(main instanceof Func || main instanceof Builtin)) {
    throw resultError(options, `main must be a function, but is a ${typeName(main)}`);
  }
  const context = contextOf(options.ctx);
  const result = module.call(main, [context]);
  const { lines, text } = module.guard(() =>
    write(result, (value) => toJson(value, module.meter), module.meter.limits),
  );
  return { documents: lines.map(parseJson), text, printed: module.printed(), steps: module.meter.steps };
}

function write(
  result: Value,
  toLine: (value: Value) => string,
  limits: Limits,
): { readonly lines: string[]; readonly text: string } {
  if (result instanceof Dict) {
    const line = toLine(result);
    return { lines: [line], text: line };
  }
  if (!(result instanceof List)) {
    throw new Failure(
      `main must return a dict or a list of dicts, but returned a ${typeName(result)}`,
      'result',
    );
  }
  const lines: string[] = [];
  let size = 0;
  for (const item of result.items) {
    const line = toLine(item);
    size += line.length + '---\n\n'.length;
    if (size > limits.outputBytes)
      throw new Failure(`the result is larger than ${limits.outputBytes} bytes`, 'limit');
    lines.push(line);
  }
  return { lines, text: lines.map((line) => `---\n${line}\n`).join('') };
}

function resultError({ file }: StarlarkOptions, message: string): StarlarkError {
  return new StarlarkError(message, { kind: 'result', file, line: 0, column: 0 });
}
