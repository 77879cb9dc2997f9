import type { TemplateErrorKind } from './template-error.ts';

/**
 * A failure on its way to `renderTemplate`, which alone turns it into a `TemplateError`. `offset` is a byte offset
 * in the source; without one the place is where the interpreter stands.
 */
export class Failure extends Error {
  readonly kind: TemplateErrorKind;
  readonly offset: number | undefined;

  constructor(kind: TemplateErrorKind, message: string, offset?: number, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.offset = offset;
  }
}

/** A failure of the running template. */
export function failed(message: string, cause?: unknown): Failure {
  return new Failure('execution', message, undefined, cause);
}
