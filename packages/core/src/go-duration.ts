/** Nanoseconds per unit, as Go's `time` package names them; both letters that stand for micro are accepted. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['\u00b5s', 1e3],
  ['\u03bcs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const MOST = 2n ** 63n;

/**
 * The whole nanoseconds of a Go duration such as `1h30m`, `-1.5h` or `0`; undefined when the text is none or
 * does not fit 64 bits. It reads what Go's `time.ParseDuration` reads, with the same rounding of fractions.
 */
export function parseGoDuration(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const rest = negative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return undefined;
  const pattern = /(\d*)(?:\.(\d*))?([^\d.]+)/y;
  let total = 0n;
  while (pattern.lastIndex < rest.length) {
    const part = readPart(pattern.exec(rest));
    if (part === undefined) return undefined;
    total += part;
    if (total > MOST) return undefined;
  }
  if (negative) return -total;
  return total === MOST ? undefined : total;
}

function readPart(match: RegExpExecArray | null): bigint | undefined {
  const [, whole = '', fraction = '', name = ''] = match ?? [];
  const unit = UNITS.get(name);
  const digits = whole.replace(/^0+/, '');
  if (unit === undefined || whole + fraction === '' || digits.length > 19) return undefined;
  const value = BigInt(digits) * BigInt(unit) + fractionOf(fraction, unit);
  return value > MOST ? undefined : value;
}

/** Digits past 63 bits are ignored, as Go ignores them. */
function fractionOf(digits: string, unit: number): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (next > MOST) break;
    value = next;
    scale *= 10;
  }
  return BigInt(Math.trunc(Number(value) * (unit / scale)));
}
