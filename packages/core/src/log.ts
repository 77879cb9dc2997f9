/**
 * A log is bytes; a line ends after its `\n` (the last one may lack it). What the bytes do not say is when each
 * line began, so the index keeps marks: from line `line`, which starts at byte `offset`, lines began in second
 * `second` of the step, until the next mark says otherwise. Marks are ordered and at least every `MARK_LINES`
 * lines, so a range is found by reading one block. Drone's `{pos, out, time}` arrays follow from both.
 */
export interface LogMark {
  /** 0-based number of the line. */
  readonly line: number;
  /** Byte at which the line starts. */
  readonly offset: number;
  /** Whole seconds since the step's start at which its first byte was written. */
  readonly second: number;
}

/** A mark is set at least every so many lines: a reader never scans more than this to find a line. */
export const MARK_LINES = 1024;

/** A piece of log on its way from runner to server. */
export interface LogPiece {
  /** Where the bytes go; equal to the size of what was sent before. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** CRC-32 of the bytes, as `zlib.crc32` computes it. */
  readonly checksum: number;
  /** New marks, for lines that begin within these bytes. */
  readonly marks: readonly LogMark[];
}

/** Drone's line: `pos` counts from 0, `out` includes its newline, `time` is seconds since the step began. */
export interface LogLine {
  readonly pos: number;
  readonly out: string;
  readonly time: number;
}
