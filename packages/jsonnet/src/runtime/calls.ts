import type { Machine } from './machine.ts';
import { type Cell, type Closure, Env, type NativeFunction } from './values.ts';

export type NamedCell = readonly [name: string, cell: Cell];

/** The environment of a call, with defaults for what was not given. A repeated name means the last parameter. */
export function bindClosure(
  machine: Machine,
  closure: Closure,
  positional: readonly Cell[],
  named: readonly NamedCell[],
): Env {
  const { parameters, name } = closure.node;
  const cells = place(machine, name, parameters, positional, named);
  const slots: Cell[] = [];
  const env = new Env(slots, closure.env);
  machine.allocate(64 + 8 * parameters.length);
  parameters.forEach((parameter, index) => {
    const given = cells[index];
    if (given !== undefined) slots.push(given);
    else if (parameter.fallback !== undefined) slots.push(machine.postpone(parameter.fallback, env));
    else machine.fail(`${title(name)} needs an argument for the parameter "${parameter.name}".`);
  });
  return env;
}

/** The arguments of a library function in the order of its parameters. */
export function bindNative(
  machine: Machine,
  fn: NativeFunction,
  positional: readonly Cell[],
  named: readonly NamedCell[],
): (Cell | undefined)[] {
  const cells = place(machine, fn.name, fn.parameters, positional, named);
  fn.parameters.forEach((parameter, index) => {
    if (cells[index] === undefined && !parameter.isOptional) {
      machine.fail(`${title(fn.name)} needs an argument for the parameter "${parameter.name}".`);
    }
  });
  return cells;
}

function place(
  machine: Machine,
  name: string,
  parameters: readonly { readonly name: string }[],
  positional: readonly Cell[],
  named: readonly NamedCell[],
): (Cell | undefined)[] {
  if (positional.length > parameters.length) {
    machine.fail(`${title(name)} takes ${parameters.length} arguments, got ${positional.length}.`);
  }
  const cells: (Cell | undefined)[] = [...positional];
  if (named.length === 0) return cells;
  machine.spend(parameters.length);
  const indexes = new Map(parameters.map((parameter, index) => [parameter.name, index]));
  for (const [key, cell] of named) {
    const index = indexes.get(key);
    if (index === undefined) return machine.fail(`${title(name)} has no parameter "${key}".`);
    if (cells[index] !== undefined) machine.fail(`${title(name)} got two arguments for "${key}".`);
    cells[index] = cell;
  }
  return cells;
}

function title(name: string): string {
  return name === '' ? 'The function' : `The function "${name}"`;
}
