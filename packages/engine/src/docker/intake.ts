import type { Buffer } from 'node:buffer';

/** Gets what has been read. The memory is used again when it returns, or when its promise resolves. */
export type Take = (chunk: Buffer) => void | Promise<void>;

export interface IntakeSource {
  /** Reading may go on. */
  goOn(): void;
  /** Taking has failed: nothing more is taken. */
  fail(error: Error): void;
}

/** Hands chunks over one at a time, in order. */
export class Intake {
  readonly #take: Take;
  readonly #source: IntakeSource;
  /** What came while another was being taken; in memory of its own. */
  readonly #late: Buffer[] = [];
  #busy: Promise<void> | undefined;

  constructor(take: Take, source: IntakeSource) {
    this.#take = take;
    this.#source = source;
  }

  /** A chunk is being taken, so that its memory is in use. */
  get isBusy(): boolean {
    return this.#busy !== undefined;
  }

  /** False when nothing more shall be read until `goOn` is called. What comes all the same waits for its turn. */
  add(chunk: Buffer): boolean {
    if (this.#busy !== undefined) {
      this.#late.push(chunk);
      return false;
    }
    const taken = this.#begin(chunk);
    if (taken === undefined) return true;
    this.#busy = this.#goOnAfter(taken);
    this.#busy.catch((error: unknown) => {
      this.#source.fail(error instanceof Error ? error : new Error(String(error)));
    });
    return false;
  }

  /** Resolves when nothing is being taken; rejects as taking has failed. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  #begin(chunk: Buffer): void | Promise<void> {
    try {
      return this.#take(chunk);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #goOnAfter(taken: Promise<void>): Promise<void> {
    await taken;
    for (let chunk = this.#late.shift(); chunk !== undefined; chunk = this.#late.shift()) {
      await this.#take(chunk);
    }
    this.#busy = undefined;
    this.#source.goOn();
  }
}
