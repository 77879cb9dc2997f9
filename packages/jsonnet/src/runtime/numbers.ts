/** A number as the reference prints it: whole numbers in full, all others with up to 17 significant digits. */
export function formatNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value)) return BigInt(value).toString();
  return formatGeneral(value);
}

/** The way of `std.manifestJson` and its kin: the shortest digits that name the number, never an exponent. */
export function formatShortest(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const [digits = '', exponentText] = String(Math.abs(value)).split('e');
  const sign = value < 0 ? '-' : '';
  if (exponentText === undefined) return sign + digits;
  const exponent = Number(exponentText);
  const plain = digits.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${plain}`;
  return sign + plain.padEnd(exponent + 1, '0');
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
