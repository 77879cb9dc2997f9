import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StepContainer } from './step-container.ts';

/** Containers that may be started ahead of their turn at one moment; more make each slower. */
const STARTING_AT_ONCE = 2;

interface Entry {
  /** Number of the step. */
  readonly order: number;
  readonly container: StepContainer;
  isBegun: boolean;
}

/** Starts waiting containers, those of earlier steps first, while no step waits for its own start. */
export class EarlyQueue {
  readonly #limit: number;
  readonly #signal: AbortSignal;
  #entries: readonly Entry[] = [];
  #due = 0;
  #quiet = Promise.withResolvers<void>();
  #early = 0;

  /** At most `limit` containers wait, started, at any time; nothing is started after `signal` has aborted. */
  constructor(limit: number, signal: AbortSignal) {
    this.#limit = limit;
    this.#signal = signal;
  }

  /** A container that may be started from now on. */
  add(order: number, container: StepContainer): void {
    const entries = [...this.#entries, { order, container, isBegun: false }];
    this.#entries = entries.sort((one, other) => one.order - other.order);
    this.#pump();
  }

  /** The turn of the container has come: it makes room for others. */
  remove(container: StepContainer): void {
    this.#entries = this.#entries.filter((entry) => entry.container !== container);
    this.#pump();
  }

  /** Resolves as soon as no step waits for its own start. */
  async quiet(): Promise<void> {
    // One turn later, so that a start that is asked for at the same time comes first.
    await nextTurn();
    while (this.#due > 0) await this.#quiet.promise;
  }

  /** Makes or starts what a step waits for; nothing else is begun meanwhile. */
  async due<T>(start: () => Promise<T>): Promise<T> {
    this.#due += 1;
    try {
      return await start();
    } finally {
      this.#due -= 1;
      if (this.#due === 0) {
        this.#quiet.resolve();
        this.#quiet = Promise.withResolvers();
      }
      this.#pump();
    }
  }

  #pump(): void {
    while (this.#due === 0 && this.#early < STARTING_AT_ONCE && !this.#signal.aborted) {
      const next = this.#entries.slice(0, this.#limit).find(({ isBegun }) => !isBegun);
      if (next === undefined) return;
      next.isBegun = true;
      this.#early += 1;
      void next.container.startWaiting().finally(() => {
        this.#early -= 1;
        this.#pump();
      });
    }
  }
}
