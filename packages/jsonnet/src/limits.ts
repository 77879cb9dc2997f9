/** What one evaluation may use. All are counted, never measured, so the same file always behaves the same. */
export interface Limits {
  /** Evaluated expressions, plus the work of library functions in comparable units. */
  readonly steps: number;
  /** Function calls and delayed values that wait for each other. */
  readonly frames: number;
  /** Estimate of all bytes ever allocated for values; nothing is given back. */
  readonly memoryBytes: number;
  /** Size of the result as indented JSON. */
  readonly outputBytes: number;
}

/** 500 frames are those of the reference; the rest keeps a hostile file below a few seconds and about 1 GB. */
export const DEFAULT_LIMITS: Limits = {
  steps: 10_000_000,
  frames: 500,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 4 * 1024 * 1024,
};
