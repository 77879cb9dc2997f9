import { orAborted } from './failure.ts';

/** Bounds how many steps run at once, over all stages that share it; they go on in the order of their asking. */
export class StepSlots {
  #free: number;
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  /** `count` is 1 or more. */
  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves, when it is this step's turn, with the function that gives the slot back. Rejects when aborted. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.#release();
      isHeld = false;
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    try {
      await orAborted(turn.promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(turn);
      if (at >= 0) this.#waiting.splice(at, 1);
      // The turn had come already: the next one has it.
      else this.#release();
      throw error;
    }
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }
}
