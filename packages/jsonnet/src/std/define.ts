import type { Machine } from '../runtime/machine.ts';
import { type Cell, NativeFunction, type NativeParameter, type Value } from '../runtime/values.ts';

/** A library function before it has a name. */
export interface Definition {
  readonly parameters: string;
  readonly run: NativeFunction['run'];
}
export type Library = Readonly<Record<string, Definition>>;

/** A function whose arguments are computed before it runs. Parameters are names, `?` marks optional ones. */
export function strict<Arguments extends (Value | undefined)[]>(
  parameters: string,
  run: (machine: Machine, ...values: Arguments) => Value,
): Definition {
  return {
    parameters,
    run: (machine, cells) => {
      const site = machine.at;
      const values = cells.map((cell) => (cell === undefined ? undefined : machine.force(cell)));
      machine.at = site;
      // `bindNative` has put a value into every parameter that is not optional.
      return run(machine, ...(values as Arguments));
    },
  };
}

/** A function that decides itself which of its arguments it computes. */
export function lazy<Arguments extends (Cell | undefined)[]>(
  parameters: string,
  run: (machine: Machine, ...cells: Arguments) => Value,
): Definition {
  return { parameters, run: (machine, cells) => run(machine, ...([...cells] as Arguments)) };
}

export function nativeOf(name: string, { parameters, run }: Definition): NativeFunction {
  return new NativeFunction(name, parameters === '' ? [] : parameters.split(' ').map(parameterOf), run);
}

function parameterOf(text: string): NativeParameter {
  const isOptional = text.endsWith('?');
  return { name: isOptional ? text.slice(0, -1) : text, isOptional };
}
