import { failed } from '../failure.ts';
import { excerpt } from '../text/bytes.ts';
import type { Value } from '../value.ts';

interface Variable {
  readonly name: string;
  value: Value;
}

/** The variables of one template call; the innermost of a name wins. `$` is what the template was called with. */
export class Scope {
  readonly #variables: Variable[];

  constructor(dot: Value) {
    this.#variables = [{ name: '$', value: dot }];
  }

  /** How many there are, to return to with `pop`. */
  mark(): number {
    return this.#variables.length;
  }

  pop(mark: number): void {
    this.#variables.length = mark;
  }

  declare(name: string, value: Value): void {
    this.#variables.push({ name, value });
  }

  assign(name: string, value: Value): void {
    this.#find(name).value = value;
  }

  /** Sets the n-th variable from the top, 1 being the last. */
  setFromTop(position: number, value: Value): void {
    const variable = this.#variables.at(-position);
    if (variable !== undefined) variable.value = value;
  }

  read(name: string): Value {
    return this.#find(name).value;
  }

  #find(name: string): Variable {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (variable === undefined) throw failed(`The variable ${excerpt(name)} is not declared here.`);
    return variable;
  }
}
