import { Failure } from '../errors.ts';
import type { Meter } from '../limits.ts';
import { add, floorDivide, type Int, isInt, modulo, multiply, subtract, toFiniteFloat } from './ints.ts';
import { Float, type Value } from './value.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%';

/** The result for two numbers; `undefined` where one of the values is none. An int meets a float as a float. */
export function arithmetic(
  operator: ArithmeticOperator,
  left: Value,
  right: Value,
  meter: Meter,
): Value | undefined {
  if (isInt(left)) {
    if (isInt(right)) return ofInts(operator, left, right, meter);
    return right instanceof Float ? ofFloats(operator, toFiniteFloat(left), right.value) : undefined;
  }
  if (!(left instanceof Float)) return undefined;
  if (right instanceof Float) return ofFloats(operator, left.value, right.value);
  return isInt(right) ? ofFloats(operator, left.value, toFiniteFloat(right)) : undefined;
}

function ofInts(operator: ArithmeticOperator, left: Int, right: Int, meter: Meter): Value {
  switch (operator) {
    case '+':
      return add(left, right, meter);
    case '-':
      return subtract(left, right, meter);
    case '*':
      return multiply(left, right, meter);
    case '/':
      return ofFloats(operator, toFiniteFloat(left), toFiniteFloat(right));
    case '//':
      if (right === 0) throw new Failure('integer division by zero');
      return floorDivide(left, right, meter);
    case '%':
      if (right === 0) throw new Failure('integer modulo by zero');
      return modulo(left, right, meter);
  }
}

function ofFloats(operator: ArithmeticOperator, left: number, right: number): Float {
  switch (operator) {
    case '+':
      return new Float(left + right);
    case '-':
      return new Float(left - right);
    case '*':
      return new Float(left * right);
    case '/':
      checkDivisor(right);
      return new Float(left / right);
    case '//':
      checkDivisor(right);
      return new Float(Math.floor(left / right));
    case '%': {
      checkDivisor(right);
      const remainder = left % right;
      return new Float(remainder !== 0 && left < 0 !== right < 0 ? remainder + right : remainder);
    }
  }
}

function checkDivisor(divisor: number): void {
  if (divisor === 0) throw new Failure('floating-point division by zero');
}
