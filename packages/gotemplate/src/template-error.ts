/** `syntax`: the template cannot be parsed; `execution`: it failed while it ran; `limit`: it exceeded a limit. */
export type TemplateErrorKind = 'syntax' | 'execution' | 'limit';

/** A place in a template: `template` is the name of the (defined) template, line and column count from 1. */
export interface TemplatePlace {
  readonly template: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Everything that `renderTemplate` refuses. `message` is one plain sentence without the place; `file`, `line` and
 * `column` say where (columns count code points); `trace` lists the `{{template}}` calls, innermost first.
 */
export class TemplateError extends Error {
  readonly kind: TemplateErrorKind;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly trace: readonly TemplatePlace[];

  constructor(
    kind: TemplateErrorKind,
    message: string,
    place: { readonly file: string; readonly line: number; readonly column: number },
    trace: readonly TemplatePlace[] = [],
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'TemplateError';
    this.kind = kind;
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.trace = trace;
  }

  /** `file:line:column: message`, followed by one indented line per template call. */
  describe(): string {
    const calls = this.trace.map(
      (place) => `\n  in template "${place.template}", called at ${describe(place)}`,
    );
    return `${this.file}:${this.line}:${this.column}: ${this.message}${calls.join('')}`;
  }
}

function describe(place: TemplatePlace): string {
  return `line ${place.line}, column ${place.column}`;
}
