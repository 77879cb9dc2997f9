import { Failure, StarlarkError, type TraceEntry } from '../errors.ts';
import type { Meter } from '../limits.ts';
import type { Expression, FunctionNode } from '../syntax/ast.ts';
import type { SourceFile } from '../syntax/source-file.ts';
import { Builtin, Func, type Keyword, typeName, type Value } from '../values/value.ts';
import { bindArguments } from './bind-arguments.ts';
import type { Compiler, Evaluate, Execute, Frame, Program, RunningCode } from './frame.ts';

/** JavaScript stack frames that a call needs beside those of its body, as levels of nesting. */
const CALL_LEVELS = 5;

/** Runs compiled code: keeps the global variables and the calls that are under way. */
export class Machine implements Program {
  readonly meter: Meter;
  readonly globals: (Value | undefined)[] = [];
  readonly predeclared: ReadonlyMap<string, Value>;
  /** Lines that the script printed, as bytes. */
  readonly printed: string[] = [];
  readonly #file: SourceFile;
  readonly #compiler: Compiler;
  readonly #frames: Frame[] = [];

  constructor(parts: {
    readonly file: SourceFile;
    readonly meter: Meter;
    readonly predeclared: ReadonlyMap<string, Value>;
    readonly compiler: Compiler;
  }) {
    this.#file = parts.file;
    this.meter = parts.meter;
    this.predeclared = parts.predeclared;
    this.#compiler = parts.compiler;
  }

  compileExpression(expression: Expression): Evaluate {
    return this.#compiler.compileExpression(this, expression);
  }

  compileFunction(node: FunctionNode): Evaluate {
    return this.#compiler.compileFunction(this, node);
  }

  print(line: string): void {
    this.meter.allocate(line.length + 16);
    this.printed.push(line);
  }

  call(callee: Value, args: readonly Value[], kwargs: readonly Keyword[]): Value {
    if (callee instanceof Builtin) {
      return callee.run({ host: this, meter: this.meter, name: callee.name, args, kwargs });
    }
    if (!(callee instanceof Func)) throw new Failure(`a ${typeName(callee)} cannot be called`);
    return callee.code.invoke(callee, bindArguments(callee, args, kwargs, this.meter));
  }

  inFrame(frame: Frame, code: RunningCode, body: Execute): Value {
    if (code.isRunning)
      throw new Failure(
        `the function ${frame.name} calls itself, directly or through others; Starlark has no recursion`,
      );
    const levels = code.depth + CALL_LEVELS;
    this.meter.enter(levels);
    code.isRunning = true;
    this.#frames.push(frame);
    // After a failure the frames stay, because the trace is made from them.
    body(frame);
    this.#frames.pop();
    code.isRunning = false;
    this.meter.leave(levels);
    return frame.result;
  }

  /**
   * The error to report for what was thrown while running: failures get the calls under way and the position of the
   * innermost one, or where there is none that of `origin`.
   */
  explain(thrown: unknown, origin?: Value): unknown {
    if (!(thrown instanceof Failure)) return thrown;
    const trace = this.#frames.map(
      (frame): TraceEntry => ({ function: frame.name, ...this.#file.position(frame.at) }),
    );
    const definition = origin instanceof Func ? this.#file.position(origin.code.at) : { line: 0, column: 0 };
    const { line, column } = trace.at(-1) ?? definition;
    return new StarlarkError(thrown.message, {
      kind: thrown.kind,
      file: this.#file.name,
      line,
      column,
      trace,
    });
  }
}
