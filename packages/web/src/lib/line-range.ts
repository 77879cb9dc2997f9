/** Lines counted from 1, both ends included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `#L12` and `#L10-L20` (also reversed). `undefined` for anything else. */
export function parseLineRange(hash: string): LineRange | undefined {
  const match = /^#L([1-9]\d{0,8})(?:-L([1-9]\d{0,8}))?$/.exec(hash);
  if (match === null) return undefined;
  const one = Number(match[1]);
  const other = Number(match[2] ?? match[1]);
  return { first: Math.min(one, other), last: Math.max(one, other) };
}

/** `#L12`, or `#L10-L20` for several lines. */
export function formatLineRange(range: LineRange): string {
  return range.first === range.last ? `#L${range.first}` : `#L${range.first}-L${range.last}`;
}
