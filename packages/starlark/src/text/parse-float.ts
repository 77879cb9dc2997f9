/**
 * Reads a floating-point number as Go's `strconv.ParseFloat` does: decimal, or hexadecimal with a `p` exponent, with
 * underscores between digits. Returns `undefined` for other text and ±Infinity for numbers that are too large.
 */
export function parseFloatText(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text.replaceAll('_', ''));
  const hexadecimal = HEXADECIMAL.exec(text);
  return hexadecimal === null ? undefined : hexadecimalValue(hexadecimal);
}

const DECIMAL = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const HEXADECIMAL =
  /^(?<sign>[+-]?)0[xX]_?(?:(?<whole>[\da-fA-F]+(?:_[\da-fA-F]+)*)?(?:\.(?<fraction>[\da-fA-F]*(?:_[\da-fA-F]+)*))?)[pP](?<exponent>[+-]?\d+(?:_\d+)*)$/;

function hexadecimalValue(match: RegExpExecArray): number | undefined {
  const whole = (match.groups?.whole ?? '').replaceAll('_', '');
  const fraction = (match.groups?.fraction ?? '').replaceAll('_', '');
  if (whole === '' && fraction === '') return undefined;
  const power = Number((match.groups?.exponent ?? '0').replaceAll('_', ''));
  const magnitude = scale(BigInt(`0x${whole}${fraction}`), power - 4 * fraction.length);
  return match.groups?.sign === '-' ? -magnitude : magnitude;
}

/** mantissa · 2^power, rounded once, halves to even. */
function scale(mantissa: bigint, power: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + power > 1024) return Number.POSITIVE_INFINITY;
  if (bits + power < -1080) return 0;
  // Below the normal range fewer bits than 53 are kept, so the rounding place is chosen before converting.
  const lowest = Math.max(bits + power - 53, -1074);
  const shift = lowest - power;
  if (shift <= 0) return Number(mantissa) * 2 ** power;
  const quotient = mantissa >> BigInt(shift);
  const rest = mantissa - (quotient << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const isUp = rest > half || (rest === half && (quotient & 1n) === 1n);
  return Number(isUp ? quotient + 1n : quotient) * 2 ** lowest;
}
