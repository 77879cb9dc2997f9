/** A number as the reference prints it: whole numbers in full, all others with up to 17 significant digits. */
export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value)) return BigInt(value).toString();
  return formatGeneral(value);
}

/** The way of `std.manifestJson` and its kin: the shortest digits that name the number. */
export function formatShortest(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** C's `%.17g`. */
function formatGeneral(value: number): string {
  const [digits = '', exponentText = '0'] = value.toExponential(16).split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 17) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${trimZeros(digits)}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  return trimZeros(value.toFixed(16 - exponent));
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}
