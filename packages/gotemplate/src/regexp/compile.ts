import { Failure } from '../failure.ts';
import type { Budget } from '../limits.ts';
import type { Assertion, Matcher, PatternNode, RepeatNode } from './node.ts';
import { parsePattern } from './parse.ts';

/** One step of the matching machine; numbers are places in the program. */
export type Instruction =
  | { readonly type: 'char'; readonly matches: Matcher }
  /** Goes on at both places, the first one preferred. */
  | { readonly type: 'split'; first: number; second: number }
  | { readonly type: 'jump'; to: number }
  | { readonly type: 'save'; readonly slot: number }
  | { readonly type: 'assert'; readonly assertion: Assertion }
  | { readonly type: 'match' };

export interface Program {
  readonly code: readonly Instruction[];
  readonly groups: number;
  readonly names: ReadonlyMap<string, readonly number[]>;
}

const MAX_INSTRUCTIONS = 20_000;

/** Compiles a Go regular expression (bytes). Counted repetitions are written out. */
export function compilePattern(budget: Budget, pattern: string): Program {
  const { root, groups, names } = parsePattern(budget, pattern);
  const compiler = new Compiler(budget);
  compiler.emit(root);
  compiler.finish();
  return { code: compiler.code, groups, names };
}

class Compiler {
  readonly code: Instruction[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  finish(): void {
    this.code.push({ type: 'match' });
  }

  emit(node: PatternNode): void {
    this.#budget.enter();
    switch (node.type) {
      case 'empty':
        break;
      case 'char':
        this.#add({ type: 'char', matches: node.matches });
        break;
      case 'assert':
        this.#add({ type: 'assert', assertion: node.assertion });
        break;
      case 'group':
        this.#add({ type: 'save', slot: node.index * 2 });
        this.emit(node.body);
        this.#add({ type: 'save', slot: node.index * 2 + 1 });
        break;
      case 'concat':
        for (const part of node.parts) this.emit(part);
        break;
      case 'alternate':
        this.#emitChoices(node.choices);
        break;
      case 'repeat':
        this.#emitRepeat(node);
        break;
    }
    this.#budget.leave();
  }

  #add<T extends Instruction>(instruction: T): T {
    this.#budget.step(1 / 8);
    if (this.code.length >= MAX_INSTRUCTIONS)
      throw new Failure('limit', 'The regular expression is too large; repeat less.');
    this.code.push(instruction);
    return instruction;
  }

  #emitChoices(choices: readonly PatternNode[]): void {
    const jumps: { to: number }[] = [];
    choices.forEach((choice, index) => {
      if (index === choices.length - 1) {
        this.emit(choice);
        return;
      }
      const split = this.#add({ type: 'split', first: this.code.length + 1, second: 0 });
      this.emit(choice);
      jumps.push(this.#add({ type: 'jump', to: 0 }));
      split.second = this.code.length;
    });
    for (const jump of jumps) jump.to = this.code.length;
  }

  #emitRepeat(node: RepeatNode): void {
    if (node.max === Number.POSITIVE_INFINITY) {
      for (let count = 1; count < node.min; count += 1) this.emit(node.body);
      if (node.min > 0) this.#emitPlus(node);
      else if (isNullable(node.body)) this.#emitOptional(node, () => this.#emitPlus(node));
      else this.#emitStar(node);
      return;
    }
    for (let count = 0; count < node.min; count += 1) this.emit(node.body);
    this.#emitOptionals(node, node.max - node.min);
  }

  /** x{2,5} is xx(x(x(x)?)?)?: giving one up gives up all after it. */
  #emitOptionals(node: RepeatNode, count: number): void {
    const splits: { first: number; second: number }[] = [];
    for (let done = 0; done < count; done += 1) {
      splits.push(this.#add({ type: 'split', first: this.code.length + 1, second: this.code.length + 1 }));
      this.emit(node.body);
    }
    for (const split of splits) this.#setExit(split, node.isGreedy);
  }

  #emitOptional(node: RepeatNode, emitBody: () => void): void {
    const split = this.#add({ type: 'split', first: this.code.length + 1, second: this.code.length + 1 });
    emitBody();
    this.#setExit(split, node.isGreedy);
  }

  #setExit(split: { first: number; second: number }, isGreedy: boolean): void {
    if (isGreedy) split.second = this.code.length;
    else split.first = this.code.length;
  }

  #emitStar(node: RepeatNode): void {
    const start = this.code.length;
    const split = this.#add({ type: 'split', first: start + 1, second: start + 1 });
    this.emit(node.body);
    this.#add({ type: 'jump', to: start });
    this.#setExit(split, node.isGreedy);
  }

  #emitPlus(node: RepeatNode): void {
    const start = this.code.length;
    this.emit(node.body);
    const after = this.code.length + 1;
    this.#add({ type: 'split', first: node.isGreedy ? start : after, second: node.isGreedy ? after : start });
  }
}

/** True when the node can match without taking a character. */
function isNullable(node: PatternNode): boolean {
  switch (node.type) {
    case 'char':
      return false;
    case 'group':
      return isNullable(node.body);
    case 'concat':
      return node.parts.every(isNullable);
    case 'alternate':
      return node.choices.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.body);
    default:
      return true;
  }
}
