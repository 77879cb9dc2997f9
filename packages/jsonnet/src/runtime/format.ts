import { checkLength } from './bounds.ts';
import {
  renderDecimal,
  renderGeneral,
  renderHex,
  renderInteger,
  renderScientific,
} from './format-numbers.ts';
import { type Directive, parseFormat } from './format-parser.ts';
import type { Machine } from './machine.ts';
import { fieldValue, ObjectValue } from './objects.ts';
import { toText } from './to-text.ts';
import { ArrayValue, typeName, type Value } from './values.ts';

/** Where the values of the directives come from. */
interface Supply {
  /** The value of the next `*`. */
  readonly star: () => number;
  readonly value: (directive: Directive) => Value;
  readonly finish: () => void;
}

/** `std.format`: printf with `%(name)s` for objects. A value that is no array counts as the only one. */
export function formatText(machine: Machine, format: string, values: Value): string {
  machine.allocate(format.length);
  const supply = values instanceof ObjectValue ? namedSupply(machine, values) : listedSupply(machine, values);
  let out = '';
  for (const part of parseFormat(machine, machine.scan(format))) {
    machine.spend(1);
    const text = typeof part === 'string' ? part : renderDirective(machine, part, supply);
    machine.allocate(32 + text.length);
    out += text;
  }
  supply.finish();
  return out;
}

function listedSupply(machine: Machine, values: Value): Supply {
  const cells = values instanceof ArrayValue ? values.cells : [values];
  let at = 0;
  const next = (): Value => {
    const cell = cells[at++];
    return cell === undefined
      ? machine.fail(`The format wants more than ${cells.length} values.`)
      : machine.force(cell);
  };
  return {
    star: () => {
      const value = next();
      return typeof value === 'number' ? value : machine.fail(`"*" needs a number, got ${typeName(value)}.`);
    },
    value: next,
    finish: () => {
      if (at < cells.length) machine.fail(`The format uses ${at} values, got ${cells.length}.`);
    },
  };
}

function namedSupply(machine: Machine, object: ObjectValue): Supply {
  return {
    star: () => machine.fail('"*" cannot be used when the values are an object.'),
    value: ({ key }) => {
      if (key === undefined) return machine.fail('With an object every directive needs a name: %(name)s.');
      return fieldValue(machine, object, key);
    },
    finish: () => undefined,
  };
}

function renderDirective(machine: Machine, directive: Directive, supply: Supply): string {
  const width = directive.width === '*' ? supply.star() : directive.width;
  const precision = directive.precision === '*' ? supply.star() : directive.precision;
  checkLength(machine, Math.max(0, width) + Math.max(0, precision ?? 0));
  machine.allocate(Math.max(0, width) + Math.max(0, precision ?? 0));
  const text =
    directive.conversion === '%'
      ? '%'
      : renderValue(machine, directive, supply.value(directive), { width, precision });
  const padding = ' '.repeat(Math.max(0, Math.ceil(width - machine.countCharacters(text))));
  return directive.isLeft ? text + padding : padding + text;
}

interface Size {
  readonly width: number;
  readonly precision: number | undefined;
}

function renderValue(
  machine: Machine,
  directive: Directive,
  value: Value,
  { width, precision }: Size,
): string {
  const { conversion } = directive;
  if (conversion === 's') return machine.scan(toText(machine, value));
  if (conversion === 'c') return renderCharacter(machine, value);
  if (typeof value !== 'number') {
    return machine.fail(`"%${conversion}" needs a number, got ${typeName(value)}.`);
  }
  const pad = directive.isZeroPadded && !directive.isLeft ? width : 0;
  switch (conversion) {
    case 'd':
      return renderInteger(directive, value, pad, precision ?? 0, 10);
    case 'o':
      return renderInteger(directive, value, pad, precision ?? 0, 8);
    case 'x':
      return renderHex(directive, value, pad, precision ?? 0);
    case 'f':
      return renderDecimal(machine, directive, value, pad, precision ?? 6, true);
    case 'e':
      return renderScientific(machine, directive, value, pad, precision ?? 6, true);
    default:
      return renderGeneral(machine, directive, value, pad, precision ?? 6);
  }
}

function renderCharacter(machine: Machine, value: Value): string {
  if (typeof value === 'string') {
    return machine.countCharacters(value) === 1
      ? value
      : machine.fail('"%c" needs a string of one character.');
  }
  if (typeof value === 'number' && value >= 0 && value <= 0x10ffff)
    return String.fromCodePoint(Math.trunc(value));
  return machine.fail('"%c" needs a code point or a string of one character.');
}
