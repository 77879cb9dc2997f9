import type { Budget } from '../limits.ts';
import { runeAt } from '../text/bytes.ts';
import type { Instruction, Program } from './compile.ts';
import type { Assertion } from './node.ts';

/** Byte offsets: start and end of the whole match, then of each group; undefined for groups not taken. */
export type Match = readonly (number | undefined)[];

interface Thread {
  readonly at: number;
  readonly slots: Match;
}

/**
 * Finds the leftmost match from byte `start` on; of several the one that backtracking would find first. All ways to
 * match are followed at once, so the time is bounded by the product of pattern and text, charged to the budget.
 */
export function findMatch(budget: Budget, program: Program, text: string, start: number): Match | undefined {
  return new Machine(budget, program, text).run(start);
}

class Machine {
  readonly #budget: Budget;
  readonly #code: readonly Instruction[];
  readonly #slotCount: number;
  readonly #text: string;
  /** Position (plus one) at which an instruction was last reached, so that each is followed once. */
  readonly #reached: Uint32Array;

  constructor(budget: Budget, program: Program, text: string) {
    this.#budget = budget;
    this.#code = program.code;
    this.#slotCount = program.groups * 2 + 2;
    this.#text = text;
    this.#reached = new Uint32Array(program.code.length);
    budget.allocate(program.code.length * 4);
  }

  run(start: number): Match | undefined {
    let threads: Thread[] = [];
    let best: Match | undefined;
    for (let at = start; ; ) {
      if (best === undefined) threads = this.#start(threads, at);
      if (threads.length === 0 && best !== undefined) return best;
      const { code, width } = runeAt(this.#text, at);
      const next: Thread[] = [];
      for (const thread of threads) {
        const instruction = this.#code[thread.at];
        if (instruction?.type === 'match') {
          best = thread.slots;
          break;
        }
        if (width > 0 && instruction?.type === 'char' && instruction.matches(code))
          this.#follow(next, thread.at + 1, thread.slots, at + width);
      }
      if (width === 0) return best;
      threads = next;
      at += width;
    }
  }

  /** A match may start here, with less right than the ones that started before. */
  #start(threads: Thread[], at: number): Thread[] {
    const slots: (number | undefined)[] = new Array(this.#slotCount).fill(undefined);
    slots[0] = at;
    this.#follow(threads, 0, slots, at);
    return threads;
  }

  /** Adds all instructions that are reached from `from` without taking a character, the preferred ones first. */
  #follow(threads: Thread[], from: number, given: Match, at: number): void {
    const open: Thread[] = [{ at: from, slots: given }];
    for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
      const { slots } = thread;
      this.#budget.step(1 / 16);
      if (this.#reached[thread.at] === at + 1) continue;
      this.#reached[thread.at] = at + 1;
      const instruction = this.#code[thread.at];
      if (instruction === undefined) continue;
      switch (instruction.type) {
        case 'jump':
          open.push({ at: instruction.to, slots });
          break;
        case 'split':
          open.push({ at: instruction.second, slots }, { at: instruction.first, slots });
          break;
        case 'save':
          this.#budget.step(slots.length / 64);
          open.push({ at: thread.at + 1, slots: slots.with(instruction.slot, at) });
          break;
        case 'assert':
          if (holds(instruction.assertion, this.#text, at)) open.push({ at: thread.at + 1, slots });
          break;
        case 'match':
          threads.push({ at: thread.at, slots: slots.with(1, at) });
          break;
        case 'char':
          threads.push(thread);
          break;
      }
    }
  }
}

function holds(assertion: Assertion, text: string, at: number): boolean {
  switch (assertion) {
    case 'text-start':
      return at === 0;
    case 'text-end':
      return at === text.length;
    case 'line-start':
      return at === 0 || text.charAt(at - 1) === '\n';
    case 'line-end':
      return at === text.length || text.charAt(at) === '\n';
    case 'word':
      return isWord(text, at - 1) !== isWord(text, at);
    case 'not-word':
      return isWord(text, at - 1) === isWord(text, at);
  }
}

function isWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[0-9A-Za-z_]/.test(text.charAt(at));
}
