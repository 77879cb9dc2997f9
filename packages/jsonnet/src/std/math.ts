import { checkNumber } from '../runtime/bounds.ts';
import { expectArray, expectNumber } from '../runtime/expect.ts';
import type { Machine } from '../runtime/machine.ts';
import { applyBinary } from '../runtime/operators.ts';
import { power, splitNumber } from '../runtime/power.ts';
import type { Value } from '../runtime/values.ts';
import { type Definition, type Library, strict } from './define.ts';

/** `std.abs` and the other functions of numbers. */
export function mathLibrary(): Library {
  return {
    // Zero becomes -0, as the language defines it.
    abs: unary('n', (n) => (n > 0 ? n : -n)),
    sign: unary('n', (n) => (n > 0 ? 1 : n < 0 ? -1 : 0)),
    ceil: unary('x', Math.ceil),
    floor: unary('x', Math.floor),
    round: unary('x', roundAwayFromZero),
    sqrt: unary('x', Math.sqrt),
    sin: unary('x', Math.sin),
    cos: unary('x', Math.cos),
    tan: unary('x', Math.tan),
    asin: unary('x', Math.asin),
    acos: unary('x', Math.acos),
    atan: unary('x', Math.atan),
    log: unary('x', Math.log),
    exp: unary('x', Math.exp),
    mantissa: unary('x', (x) => splitNumber(x)[0]),
    exponent: unary('x', (x) => splitNumber(x)[1]),
    pow: binary('x n', power),
    max: binary('a b', larger),
    min: binary('a b', smaller),
    modulo: strict('x y', (machine, x: Value, y: Value) =>
      applyBinary(machine, '%', expectNumber(machine, x), expectNumber(machine, y)),
    ),
    mod: strict('a b', (machine, a: Value, b: Value) => applyBinary(machine, '%', a, b)),
    clamp: strict('x minVal maxVal', (machine, x: Value, low: Value, high: Value) => {
      if (applyBinary(machine, '<', x, low) === true) return low;
      return applyBinary(machine, '>', x, high) === true ? high : x;
    }),
    sum: strict('arr', (machine, arr: Value) => {
      let sum = 0;
      for (const cell of expectArray(machine, arr).cells) {
        machine.spend(1);
        sum += expectNumber(machine, machine.force(cell));
      }
      return checkNumber(machine, sum);
    }),
  };
}

function unary(parameter: string, calculate: (x: number) => number): Definition {
  return strict(parameter, (machine: Machine, x: Value) =>
    checkNumber(machine, calculate(expectNumber(machine, x))),
  );
}

function binary(parameters: string, calculate: (x: number, y: number) => number): Definition {
  return strict(parameters, (machine: Machine, x: Value, y: Value) =>
    checkNumber(machine, calculate(expectNumber(machine, x), expectNumber(machine, y))),
  );
}

function roundAwayFromZero(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}

/** Unlike `Math.max`, the second of two equal numbers: it may be the other zero. */
function larger(a: number, b: number): number {
  if (a > b) return a;
  return b;
}

function smaller(a: number, b: number): number {
  if (a < b) return a;
  return b;
}
