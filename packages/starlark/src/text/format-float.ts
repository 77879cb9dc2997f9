/** Floating-point numbers as text, digit for digit as Go's `strconv.FormatFloat`. */

/** The shortest form that reads back as the same number (`%g`), without a forced decimal point: `1`, `1e+06`. */
export function shortest(value: number, exponentMark: 'e' | 'E' = 'e'): string {
  const special = nonFinite(value, '+Inf', '-Inf', 'NaN');
  if (special !== undefined) return special;
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(power);
  const sign = isNegative(value) ? '-' : '';
  // Go writes exponents from -4 to 5 without an exponent mark when the shortest form is asked for.
  if (exponent < -4 || exponent >= EXPONENT_LIMIT) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}${exponentMark}${formatExponent(exponent)}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = digits.slice(exponent + 1);
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}

/** The form that `str` shows: `1.0`, `1e+06`, `+inf`, `nan`. */
export function display(value: number, exponentMark: 'e' | 'E' = 'e'): string {
  const special = nonFinite(value, '+inf', '-inf', 'nan');
  if (special !== undefined) return special;
  const text = shortest(value, exponentMark);
  return text.includes('.') || text.includes(exponentMark) ? text : `${text}.0`;
}

/** `%f`: six digits after the point, halves to even. */
export function fixed(value: number): string {
  const special = nonFinite(value, '+inf', '-inf', 'nan');
  if (special !== undefined) return special;
  const millionths = roundedQuotient(value, 6).toString().padStart(7, '0');
  return `${isNegative(value) ? '-' : ''}${millionths.slice(0, -6)}.${millionths.slice(-6)}`;
}

/** `%e`: one digit before and six after the point, halves to even. */
export function scientific(value: number, exponentMark: 'e' | 'E'): string {
  const special = nonFinite(value, '+inf', '-inf', 'nan');
  if (special !== undefined) return special;
  const sign = isNegative(value) ? '-' : '';
  if (value === 0) return `${sign}0.000000${exponentMark}+00`;
  let exponent = Number(Math.abs(value).toExponential().split('e')[1]);
  let digits = roundedQuotient(value, 6 - exponent).toString();
  if (digits.length > 7) {
    exponent += 1;
    digits = digits.slice(0, 7);
  }
  return `${sign}${digits[0]}.${digits.slice(1)}${exponentMark}${formatExponent(exponent)}`;
}

const EXPONENT_LIMIT = 6;

function nonFinite(value: number, plus: string, minus: string, nan: string): string | undefined {
  if (Number.isNaN(value)) return nan;
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? plus : minus;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

function formatExponent(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}

/** |value| · 10^power rounded to an integer exactly, halves to even. */
function roundedQuotient(value: number, power: number): bigint {
  const { mantissa, exponent } = decompose(Math.abs(value));
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (power >= 0) numerator *= 10n ** BigInt(power);
  else denominator *= 10n ** BigInt(-power);
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  const isUp = twice > denominator || (twice === denominator && (quotient & 1n) === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** The number as mantissa · 2^exponent. */
function decompose(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: biased - 1075 };
}
