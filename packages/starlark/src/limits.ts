import { Failure } from './errors.ts';

/** What one run may use. Everything is counted, never timed, so the same file always ends the same way. */
export interface Limits {
  /** Evaluation steps of the file and `main` together. About one per operation, never more than Drone counts. */
  readonly steps: number;
  /** Nesting of calls and expressions at run time; protects the stack of the host. */
  readonly depth: number;
  /** Estimate of all bytes allocated during the run; freed memory is not given back. */
  readonly memoryBytes: number;
  /** Elements and (in blocks of 16) bytes that built-in functions look at. */
  readonly work: number;
  /** Bytes of the resulting text. */
  readonly outputBytes: number;
}

/** Steps and output as Drone's defaults (`DRONE_STARLARK_STEP_LIMIT`, `DRONE_STARLARK_SIZE_LIMIT`). */
export const DEFAULT_LIMITS: Limits = {
  steps: 50_000,
  depth: 1_000,
  memoryBytes: 64 * 1024 * 1024,
  work: 5_000_000,
  outputBytes: 1_000_000,
};

/** Counts what one run uses and stops it with a `limit` failure when it has used too much. */
export class Meter {
  readonly limits: Limits;
  #steps = 0;
  #memory = 0;
  #work = 0;
  #depth = 0;
  readonly #identities = new Map<object, number>();

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Steps used so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Counts one step of evaluation. */
  step(): void {
    this.#steps += 1;
    if (this.#steps >= this.limits.steps) {
      throw new Failure(
        `the script takes more than ${this.limits.steps} steps; make it do less, or ask the administrator to raise the step limit`,
        'limit',
      );
    }
  }

  /** Counts memory that is about to be allocated. */
  allocate(bytes: number): void {
    this.#memory += bytes;
    if (this.#memory > this.limits.memoryBytes) {
      throw new Failure(`the script needs more than ${this.limits.memoryBytes} bytes of memory`, 'limit');
    }
  }

  /** Counts elements that a built-in function is about to look at. */
  work(units: number): void {
    this.#work += units;
    if (this.#work > this.limits.work) {
      throw new Failure(`the built-in functions handle more than ${this.limits.work} elements`, 'limit');
    }
  }

  /** Counts bytes of text that a built-in function is about to look at. */
  scan(bytes: number): void {
    this.work(1 + bytes / 16);
  }

  /** Enters something that nests `levels` deep; leave with the same number. */
  enter(levels: number): void {
    this.#depth += levels;
    if (this.#depth > this.limits.depth) {
      throw new Failure(`calls and values nest deeper than ${this.limits.depth} levels`, 'limit');
    }
  }

  leave(levels: number): void {
    this.#depth -= levels;
  }

  /** A number that stands for the object during this run. */
  identity(object: object): number {
    let id = this.#identities.get(object);
    if (id === undefined) {
      id = this.#identities.size;
      this.#identities.set(object, id);
    }
    return id;
  }
}
