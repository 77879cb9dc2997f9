/**
 * x to the power y with the roundings of the reference, whose repeated squaring of the fraction differs from
 * `Math.pow` in the last digits. `%f` and `%e` depend on powers of ten, so the difference would be visible.
 */
export function power(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (x === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return x ** y;
  if (y === 0.5) return Math.sqrt(x);
  if (y === -0.5) return 1 / Math.sqrt(x);
  let whole = Math.trunc(Math.abs(y));
  let rest = Math.abs(y) - whole;
  if (rest !== 0 && x < 0) return Number.NaN;
  // Beyond this the result is 0, 1 or infinite, and the loop below would lose its way.
  if (whole >= 2 ** 63) return x ** y;
  let result = 1;
  if (rest > 0.5) {
    rest--;
    whole++;
  }
  if (rest !== 0) result = Math.exp(rest * Math.log(x));
  const [fraction, exponent] = raiseFraction(x, whole, result);
  return y < 0 ? scale(1 / fraction, -exponent) : scale(fraction, exponent);
}

/** Multiplies `result` with x to a whole power; fraction and binary exponent are kept apart. */
function raiseFraction(x: number, whole: number, start: number): [number, number] {
  let result = start;
  let exponent = 0;
  let [base, baseExponent] = splitNumber(x);
  for (let rest = whole; rest !== 0; rest = Math.floor(rest / 2)) {
    if (Math.abs(baseExponent) > 4096) {
      // The result is certainly 0 or infinite.
      exponent += baseExponent;
      break;
    }
    if (rest % 2 === 1) {
      result *= base;
      exponent += baseExponent;
    }
    base *= base;
    baseExponent *= 2;
    if (base < 0.5) {
      base += base;
      baseExponent--;
    }
  }
  return [result, exponent];
}

/** Fraction in [0.5, 1) and binary exponent, so that `fraction * 2 ** exponent` is the number. */
export function splitNumber(x: number): [fraction: number, exponent: number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  let fraction = x;
  let exponent = 0;
  if (Math.abs(fraction) < 2 ** -1022) {
    fraction *= 2 ** 52;
    exponent = -52;
  }
  const magnitude = Math.floor(Math.log2(Math.abs(fraction)));
  // In two steps: 2 ** 1024 and 2 ** -1074 cannot be used as one factor.
  fraction = fraction / 2 ** Math.trunc(magnitude / 2) / 2 ** (magnitude - Math.trunc(magnitude / 2));
  exponent += magnitude;
  while (Math.abs(fraction) >= 1) {
    fraction /= 2;
    exponent++;
  }
  while (Math.abs(fraction) < 0.5) {
    fraction *= 2;
    exponent--;
  }
  return [fraction, exponent];
}

function scale(fraction: number, exponent: number): number {
  const [base, extra] = splitNumber(fraction);
  const target = exponent + extra;
  if (target > 1100) return fraction < 0 ? -Infinity : Infinity;
  if (target < -1200) return fraction < 0 ? -0 : 0;
  // A subnormal result must be rounded once: first to a normal number, then by one exact factor.
  if (target < -1021) return base * 2 ** (target + 60) * 2 ** -60;
  return base * 2 * 2 ** (target - 1);
}
