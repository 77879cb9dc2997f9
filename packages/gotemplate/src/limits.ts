import { Failure } from './failure.ts';

/** What one rendering may use. Nothing here depends on the clock, so a template fails everywhere or nowhere. */
export interface TemplateLimits {
  /** Evaluated actions, commands and operands; expensive functions cost more than one. */
  readonly steps: number;
  /** Nested blocks, parentheses and template calls, in the text and while it runs. */
  readonly depth: number;
  /** Bytes of all values made while the template runs, freed ones included. */
  readonly bytes: number;
  readonly outputBytes: number;
  readonly sourceBytes: number;
}

export const DEFAULT_LIMITS: TemplateLimits = {
  steps: 1_000_000,
  // One level takes up to six JavaScript frames; this stays far from the end of a default stack.
  depth: 400,
  bytes: 64 * 1024 * 1024,
  outputBytes: 1_000_000,
  sourceBytes: 1024 * 1024,
};

/** Counts what one rendering uses, and fails with a `limit` failure that names the limit. */
export class Budget {
  readonly limits: TemplateLimits;
  #steps = 0;
  #bytes = 0;
  #outputBytes = 0;
  #depth = 0;

  constructor(limits: TemplateLimits) {
    this.limits = limits;
  }

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.limits.steps)
      throw exceeded(`The template takes more than ${this.limits.steps} steps; loop over less.`);
  }

  /** Call before the value is made, so that a huge one is never begun. */
  allocate(bytes: number): void {
    this.#bytes += bytes;
    // Handling bytes takes time too: a cheap-looking call on a large text is not one step.
    this.step(bytes / 256);
    if (this.#bytes > this.limits.bytes)
      throw exceeded(
        `The template makes more than ${this.limits.bytes} bytes of values; build smaller ones.`,
      );
  }

  write(bytes: number): void {
    this.#outputBytes += bytes;
    if (this.#outputBytes > this.limits.outputBytes)
      throw exceeded(`The template writes more than ${this.limits.outputBytes} bytes; write less.`);
  }

  enter(offset?: number): void {
    this.#depth += 1;
    if (this.#depth > this.limits.depth)
      throw exceeded(
        `The template is nested more than ${this.limits.depth} levels deep; look for a template that calls itself.`,
        offset,
      );
  }

  leave(): void {
    this.#depth -= 1;
  }
}

function exceeded(message: string, offset?: number): Failure {
  return new Failure('limit', message, offset);
}
