/**
 * What went wrong: `syntax` (the text is not Starlark), `name` (undefined or misplaced names and statements, found
 * before anything runs), `runtime` (the program failed), `limit` (it asked for too much), `result` (`main` is
 * missing or returned something that is no pipeline).
 */
export type StarlarkErrorKind = 'syntax' | 'name' | 'runtime' | 'limit' | 'result';

/** One call that was under way when the program failed; line and column are 1-based. */
export interface TraceEntry {
  readonly function: string;
  readonly line: number;
  readonly column: number;
}

export interface StarlarkErrorDetails {
  readonly kind: StarlarkErrorKind;
  readonly file: string;
  /** 1-based; 0 where no place in the file is to blame. */
  readonly line: number;
  /** 1-based, counted in code points; 0 where no place in the file is to blame. */
  readonly column: number;
  /** Outermost call first; empty for errors found before running. */
  readonly trace?: readonly TraceEntry[];
}

/** The only error that running a Starlark file throws. `message` carries no position, `describe()` does. */
export class StarlarkError extends Error {
  readonly kind: StarlarkErrorKind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly trace: readonly TraceEntry[];

  constructor(message: string, details: StarlarkErrorDetails) {
    super(message);
    this.name = 'StarlarkError';
    this.kind = details.kind;
    this.file = details.file;
    this.line = details.line;
    this.column = details.column;
    this.trace = details.trace ?? [];
  }

  /** One line `file:line:column: message`, then one line per call, outermost first. */
  describe(): string {
    const place = this.line > 0 ? `${this.file}:${this.line}:${this.column}` : this.file;
    const calls = this.trace.map(
      (entry) => `  in ${entry.function} at ${this.file}:${entry.line}:${entry.column}`,
    );
    return [`${place}: ${this.message}`, ...calls].join('\n');
  }
}

/** A failure while running, before the interpreter has added the position and the call trace. */
export class Failure extends Error {
  readonly kind: StarlarkErrorKind;

  constructor(message: string, kind: StarlarkErrorKind = 'runtime') {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
  }
}
