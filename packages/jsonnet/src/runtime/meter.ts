import type { Limits } from '../limits.ts';
import { codePoints, hasPairs } from './text.ts';

/**
 * How many expressions may be evaluated inside each other in the stack of the host. The frames limit is what
 * people meet; this one catches what nests without calls. The host's usual stack of 1 MB holds about half as many again.
 */
const MAX_DEPTH = 1300;

/** Counts what an evaluation uses and stops it. Nothing is undone after an error: the evaluation is over. */
export abstract class Meter {
  readonly limits: Limits;
  #steps = 0;
  #bytes = 0;
  #depth = 0;
  #lastScanned = '';
  #lastSplit: { readonly text: string; readonly characters: readonly string[] } = {
    text: '',
    characters: [],
  };

  constructor(limits: Limits) {
    this.limits = limits;
  }

  protected abstract exceed(message: string): never;

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) {
      this.exceed(`The evaluation takes more than ${this.limits.steps} steps.`);
    }
  }

  allocate(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.limits.memoryBytes) {
      this.exceed(`The evaluation needs more than ${this.limits.memoryBytes} bytes of memory.`);
    }
  }

  /**
   * Accounts for reading a whole string. Joined strings are only put together by the host when they are read, so
   * that is when they cost. Reading the same one again costs less, but not nothing: an equal string may still be
   * one that has to be put together.
   */
  scan(text: string): string {
    if (text.length < 32) return text;
    const isRepeated = text.length === this.#lastScanned.length && text === this.#lastScanned;
    this.spend(text.length >> (isRepeated ? 8 : 5));
    this.allocate(text.length >> (isRepeated ? 2 : 0));
    this.#lastScanned = text;
    return text;
  }

  /** The number of code points. */
  countCharacters(text: string): number {
    return hasPairs(this.scan(text)) ? this.characters(text).length : text.length;
  }

  /** The code points of a string, one string each; the last ones are kept, because strings are read in loops. */
  characters(text: string): readonly string[] {
    if (this.scan(text) !== this.#lastSplit.text) {
      this.spend(text.length >> 2);
      this.allocate(8 * text.length);
      this.#lastSplit = { text, characters: codePoints(text) };
    }
    return this.#lastSplit.characters;
  }

  /** Goes one level deeper into the host's stack; `leave` returns the value it is given. */
  enter(levels = 1): void {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) this.exceed('The evaluation is nested too deeply (an endless recursion?).');
  }

  leave<Result>(result: Result, levels = 1): Result {
    this.#depth -= levels;
    return result;
  }
}
