/** Strings are sequences of code points in Jsonnet and of UTF-16 units here; most hold no pair and need no care. */
export function hasPairs(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

/** One string per code point. */
export function codePoints(text: string): string[] {
  return hasPairs(text) ? [...text] : text.split('');
}

/** Orders by code points, as the reference does; the plain operators order by UTF-16 units. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return orderOf(a) - orderOf(b);
  }
  return left.length - right.length;
}

/** Moves the surrogates behind all other units, where their code points belong. */
function orderOf(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
