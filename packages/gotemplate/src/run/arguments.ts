import { failed } from '../failure.ts';
import type { Parameter } from '../function-table.ts';
import type { Operand } from '../syntax/ast.ts';
import { typeName, type Value } from '../value.ts';

/** What a name is called with: operands not evaluated yet, and the value of the command before, if any. */
export interface Arguments {
  readonly operands: readonly Operand[];
  readonly piped: readonly Value[];
  /** The value of an operand as an argument of the given type. */
  readonly evaluate: (operand: Operand, parameter: Parameter) => Value;
}

export function countArguments({ operands, piped }: Arguments): number {
  return operands.length + piped.length;
}

/** Checks a value against the type of a parameter. */
export function convertArgument(value: Value, parameter: Parameter): Value {
  switch (parameter) {
    case 'value':
      return value;
    case 'any':
      return value ?? null;
    case 'string':
      if (typeof value === 'string') return value;
      throw failed(`The function needs a string here, not ${typeName(value)}.`);
  }
}
