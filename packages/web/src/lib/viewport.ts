/** The part of a long list that is drawn. `first` to `last` (exclusive) are items. */
export interface Viewport {
  /** Height of the scrolled content. */
  readonly totalPx: number;
  readonly first: number;
  readonly last: number;
  /** Where the first drawn item lies within the content. */
  readonly offsetPx: number;
}

export interface ViewportInput {
  readonly count: number;
  readonly rowPx: number;
  /** Height of the window. */
  readonly heightPx: number;
  readonly scrollTop: number;
  /** Rows before each item, for items of several rows; `count + 1` entries. Absent: one row each. */
  readonly rowsBefore?: Uint32Array;
}

/** Browsers cut elements off somewhere above this (Firefox at about 17 million pixels). */
const MAX_TOTAL_PX = 8_000_000;
/** Drawn beyond both edges of the window. */
const OVERSCAN = 20;
/** Never more items than this, whatever the height. */
const MAX_DRAWN = 280;

/**
 * Which items to draw. A list that is too high for the browser gets a shorter content in which scrolling covers
 * proportionally more.
 */
export function viewportOf(input: ViewportInput): Viewport {
  const { count, rowPx, heightPx, scrollTop, rowsBefore } = input;
  const rows = rowsBefore?.[count] ?? count;
  const fullPx = rows * rowPx;
  const totalPx = Math.min(fullPx, Math.max(MAX_TOTAL_PX, heightPx));
  const range = totalPx - heightPx;
  const ratio = range > 0 ? (fullPx - heightPx) / range : 1;
  const topPx = Math.max(0, Math.min(scrollTop, Math.max(0, range))) * ratio;
  const firstSeen = itemAt(Math.floor(topPx / rowPx), count, rowsBefore);
  const lastSeen = itemAt(Math.ceil((topPx + heightPx) / rowPx), count, rowsBefore);
  const first = Math.max(0, firstSeen - OVERSCAN);
  const last = Math.min(count, lastSeen + 1 + OVERSCAN, first + MAX_DRAWN);
  const firstPx = (rowsBefore?.[first] ?? first) * rowPx;
  return {
    totalPx,
    first,
    last,
    offsetPx: Math.max(0, Math.min(scrollTop, Math.max(0, range)) - (topPx - firstPx)),
  };
}

/** The scroll position that shows an item in the middle of the window. */
export function scrollTopFor(item: number, input: Omit<ViewportInput, 'scrollTop'>): number {
  const { totalPx } = viewportOf({ ...input, scrollTop: 0 });
  const rows = input.rowsBefore?.[input.count] ?? input.count;
  const fullRange = rows * input.rowPx - input.heightPx;
  const range = totalPx - input.heightPx;
  if (range <= 0) return 0;
  const row = input.rowsBefore?.[item] ?? item;
  const topPx = row * input.rowPx - (input.heightPx - input.rowPx) / 2;
  return Math.round((Math.max(0, Math.min(topPx, fullRange)) / fullRange) * range);
}

function itemAt(row: number, count: number, rowsBefore: Uint32Array | undefined): number {
  if (rowsBefore === undefined) return Math.min(row, count);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((rowsBefore[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
