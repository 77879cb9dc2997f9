/**
 * What went wrong: `syntax` (the text is not Jsonnet), `scope` (a name, `self` or `$` that means nothing there),
 * `runtime` (an error while evaluating, `error` and `assert` included), `import` (a file that may not or cannot
 * be read) and `limit` (the evaluation asks for more than it is allowed).
 */
export const JSONNET_ERROR_KINDS = ['syntax', 'scope', 'runtime', 'import', 'limit'] as const;
export type JsonnetErrorKind = (typeof JSONNET_ERROR_KINDS)[number];

/** A place in a source text. Lines and columns count from 1, columns in Unicode code points. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One entry of the call trace, innermost first. */
export interface TraceEntry extends Position {
  readonly what: string;
}

/** The only error that this package throws on purpose. `message` carries no position; `describe()` adds it. */
export class JsonnetError extends Error {
  readonly kind: JsonnetErrorKind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly trace: readonly TraceEntry[];

  constructor(
    kind: JsonnetErrorKind,
    message: string,
    position: Position,
    trace: readonly TraceEntry[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'JsonnetError';
    this.kind = kind;
    this.file = position.file;
    this.line = position.line;
    this.column = position.column;
    this.trace = trace;
  }

  /** The form for people: `file:line:column: message`, then one indented line per trace entry. */
  describe(): string {
    const head = `${this.file}:${this.line}:${this.column}: ${this.message}`;
    const rest = this.trace.map((entry) => `  ${entry.file}:${entry.line}:${entry.column} ${entry.what}`);
    return [head, ...rest].join('\n');
  }
}
