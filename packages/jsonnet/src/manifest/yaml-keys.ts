const RESERVED: ReadonlySet<string> = new Set([
  ...['true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n', 'null', '~'],
  ...['.nan', '-.inf', '+.inf', '.inf', '-', '---', ''],
]);

/**
 * True when a key can stand in YAML without quotes and stays a string. Deliberately careful: what looks like a
 * number, a date or a YAML 1.1 word is quoted, and so is everything beyond letters, digits and `._/-`.
 */
export function isPlainKey(key: string): boolean {
  if (!/^[A-Za-z0-9_./-]*$/.test(key)) return false;
  const lower = key.toLowerCase();
  return !RESERVED.has(lower) && !isDate(key) && !isNumber(lower);
}

function isDate(key: string): boolean {
  return /^[0-9-]+$/.test(key) && count(key, '-') === 2;
}

function isNumber(lower: string): boolean {
  const dashes = count(lower, '-');
  if (/^[0-9_-]+$/.test(lower) && dashes < 2) return true;
  if (/^-?0b/.test(lower) && /^[0-9b_-]+$/.test(lower) && lower.length > 2) return true;
  if (/^-?0x/.test(lower) && /^[0-9a-fx_-]+$/.test(lower) && lower.length > 2 && dashes < 2) return true;
  return /^[0-9e._-]+$/.test(lower) && count(lower, '.') === 1 && dashes < 3 && count(lower, 'e') < 2;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}
