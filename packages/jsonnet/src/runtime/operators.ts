import type { BinaryOperator, UnaryOperator } from '../syntax/ast.ts';
import { checkNumber } from './bounds.ts';
import { compareValues, equalValues } from './compare.ts';
import { expectBoolean, expectInteger, expectNumber, expectObject, expectString } from './expect.ts';
import { formatText } from './format.ts';
import type { Machine } from './machine.ts';
import { ObjectValue } from './objects.ts';
import { joinText, toText } from './to-text.ts';
import { ArrayValue, typeName, type Value } from './values.ts';

export function applyUnary(machine: Machine, operator: UnaryOperator, operand: Value): Value {
  switch (operator) {
    case '!':
      return !expectBoolean(machine, operand);
    case '-':
      return -expectNumber(machine, operand);
    case '+':
      return expectNumber(machine, operand);
    case '~':
      return Number(~toInt64(machine, operand));
  }
}

/** All binary operators but `&&` and `||`, which do not always evaluate their right side. */
export function applyBinary(machine: Machine, operator: BinaryOperator, left: Value, right: Value): Value {
  switch (operator) {
    case '+':
      return plus(machine, left, right);
    case '==':
      return equalValues(machine, left, right);
    case '!=':
      return !equalValues(machine, left, right);
    case '<':
      return compareValues(machine, left, right) < 0;
    case '>':
      return compareValues(machine, left, right) > 0;
    case '<=':
      return compareValues(machine, left, right) <= 0;
    case '>=':
      return compareValues(machine, left, right) >= 0;
    case 'in':
      return expectObject(machine, right).has(machine, expectString(machine, left));
    case '%':
      return modulo(machine, left, right);
    default:
      return arithmetic(machine, operator, left, right);
  }
}

function plus(machine: Machine, left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return checkNumber(machine, left + right);
  if (typeof left === 'string' || typeof right === 'string') {
    return joinText(machine, toText(machine, left), toText(machine, right));
  }
  if (left instanceof ArrayValue && right instanceof ArrayValue) {
    const length = left.cells.length + right.cells.length;
    machine.spend(length >> 3);
    machine.allocate(48 + 8 * length);
    return new ArrayValue(left.cells.concat(right.cells));
  }
  if (left instanceof ObjectValue && right instanceof ObjectValue) {
    machine.allocate(160);
    return new ObjectValue({ base: left, derived: right });
  }
  return machine.fail(`"+" cannot join ${typeName(left)} and ${typeName(right)}.`);
}

function modulo(machine: Machine, left: Value, right: Value): Value {
  if (typeof left === 'string') return formatText(machine, left, right);
  const divisor = expectNumber(machine, right);
  const dividend = expectNumber(machine, left);
  if (divisor === 0) return machine.fail('Division by zero.');
  return checkNumber(machine, dividend % divisor);
}

function arithmetic(machine: Machine, operator: BinaryOperator, left: Value, right: Value): Value {
  const a = expectNumber(machine, left);
  const b = expectNumber(machine, right);
  switch (operator) {
    case '-':
      return checkNumber(machine, a - b);
    case '*':
      return checkNumber(machine, a * b);
    case '/':
      return b === 0 ? machine.fail('Division by zero.') : checkNumber(machine, a / b);
    default:
      return bitwise(machine, operator, a, b);
  }
}

/** On 64-bit integers; shift distances count modulo 64. */
function bitwise(machine: Machine, operator: BinaryOperator, left: number, right: number): number {
  const a = toInt64(machine, left);
  const b = toInt64(machine, right);
  if ((operator === '<<' || operator === '>>') && right < 0)
    machine.fail('A shift distance cannot be negative.');
  switch (operator) {
    case '&':
      return Number(a & b);
    case '|':
      return Number(a | b);
    case '^':
      return Number(a ^ b);
    case '<<':
      return Number(BigInt.asIntN(64, a << (b % 64n)));
    case '>>':
      return Number(a >> (b % 64n));
    default:
      return machine.fail(`"${operator}" is not an operator of numbers.`);
  }
}

function toInt64(machine: Machine, value: Value): bigint {
  const number = expectInteger(machine, value);
  if (number >= -(2 ** 63) && number <= 2 ** 63) return BigInt.asIntN(64, BigInt(number));
  return machine.fail('Bitwise operators work on whole numbers of at most 64 bits.');
}
