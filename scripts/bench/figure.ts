import { median } from './scenario.ts';

/** One measured figure. `floor` is what the bare machine needs for the same work, in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Median of `oursRuns`. */
  readonly ours: number;
  readonly floor?: number;
  /** `ours / floor`. */
  readonly ratio?: number;
  /** How often each side was measured, without the warm-up. */
  readonly runs: number;
  readonly oursRuns: readonly number[];
  readonly floorRuns?: readonly number[];
  /** What else the reader should know: sizes, counts, the limit that was aimed at. */
  readonly note?: string;
}

export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly runs: number;
  /** Both return the measured value in `unit`. */
  readonly ours: () => Promise<number>;
  readonly floor?: () => Promise<number>;
  readonly note?: string;
}

/**
 * Measures ours and the floor in turns, so that what the machine does meanwhile meets both alike. The first turn
 * warms caches and is thrown away. Values are rounded to three decimals.
 */
export async function compare(comparison: Comparison): Promise<Figure> {
  const oursRuns: number[] = [];
  const floorRuns: number[] = [];
  for (let turn = 0; turn <= comparison.runs; turn += 1) {
    const floor = await comparison.floor?.();
    const ours = await comparison.ours();
    if (turn === 0) continue;
    oursRuns.push(round(ours));
    if (floor !== undefined) floorRuns.push(round(floor));
  }
  return figureOf(comparison, oursRuns, floorRuns);
}

/** A figure from values that were measured elsewhere. `floorRuns` may be empty: then there is no floor. */
export function figureOf(
  about: Pick<Comparison, 'name' | 'unit' | 'note'>,
  oursRuns: readonly number[],
  floorRuns: readonly number[] = [],
): Figure {
  const ours = round(median(oursRuns));
  const base = { name: about.name, unit: about.unit, ours };
  const floor = round(median(floorRuns));
  const compared = floorRuns.length === 0 ? {} : { floor, ratio: round(ours / floor), floorRuns };
  const note = about.note === undefined ? {} : { note: about.note };
  return { ...base, ...compared, runs: oursRuns.length, oursRuns, ...note };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
