import type { Buffer } from 'node:buffer';
import type { LogLine, LogPiece } from '@sortie/core/log';

/** Where the log of one step lives: `<repo id>/<build id>/<step id>`. */
export type LogKey = string;

export interface LogProgress {
  /** Bytes stored. */
  readonly size: number;
  /** Lines that can be read: the last one counts once it has its newline or the log is closed. */
  readonly lines: number;
  readonly isClosed: boolean;
}

/**
 * Output as official runners send it: pieces with consecutive positions. A piece is what a program wrote at once, which
 * need not be a line.
 */
export interface LogPieces {
  /** Position of the first piece; each other piece has the next one. */
  readonly firstPos: number;
  /** Bytes of each piece. */
  readonly lengths: Uint32Array;
  /** The pieces one after the other. */
  readonly bytes: Uint8Array;
  /** The second of the piece at each `offset` within `bytes`; ordered, and only where it changes. */
  readonly seconds: readonly { readonly offset: number; readonly second: number }[];
}

export interface LogChunk extends LogProgress {
  /** What follows the asked offset; empty at the end. */
  readonly bytes: Uint8Array;
}

/**
 * Keeps the bytes of logs and where their lines begin. Running and finished logs are read by the same calls, and
 * a log that does not exist reads as an empty open one. Calls for one log may overlap; appends take effect in the
 * order of the calls. After a crash a log holds a prefix of what was appended, and appending goes on from its
 * size. Failures of the disk are `disk-full` or the error of the system.
 */
export interface LogStore {
  /**
   * Appends and returns the new size. What is stored already is accepted without effect, and so is anything after
   * `close`. Throws `log-gap` with `details.size` when the piece begins behind the end, `log-checksum` when it
   * does not match its checksum, `body-too-large` when the piece or the log exceeds its limit.
   */
  append(key: LogKey, piece: LogPiece): Promise<number>;
  /**
   * Appends pieces and remembers their positions. Those whose position was stored before are dropped, a line of ours
   * stands where positions were left out, and another where the log is over `limitBytes`: nothing follows it. Without
   * effect after `close`.
   */
  appendPieces(key: LogKey, pieces: LogPieces, options: { readonly limitBytes: number }): Promise<void>;
  /**
   * Puts the pieces that `write` adds in place of the log. Of the log as it was stays what lies before the position of
   * the first piece, as far as it came in pieces. The change is seen all at once when `write` is done, also by who
   * reads the log just then, and not at all when it fails. A closed log stays closed.
   */
  replacePieces(
    key: LogKey,
    options: { readonly limitBytes: number },
    write: (add: (pieces: LogPieces) => Promise<void>) => Promise<void>,
  ): Promise<LogProgress>;
  /**
   * Adds a piece to a log that was closed without it; `marker` is the text of the line that then stands at its end, which
   * gives way. What is stored already stays. An open log just grows. Throws as `append` does.
   */
  amend(key: LogKey, piece: LogPiece, options: { readonly marker: string }): Promise<LogProgress>;
  /** Nothing more follows; when it returns, the log survives a power cut. May be called again. */
  close(key: LogKey): Promise<LogProgress>;
  progress(key: LogKey): Promise<LogProgress>;
  /** Where they fit into `room`, the bytes are read into it: reading again into the same one changes them. */
  read(
    key: LogKey,
    range: { readonly fromOffset: number; readonly maxBytes: number; readonly room?: Buffer },
  ): Promise<LogChunk>;
  /**
   * Lines from `fromLine` (0-based), at most `limit` and about 1 MiB, but at least one if there is one. A line
   * longer than 1 MiB is cut.
   */
  readLines(
    key: LogKey,
    range: { readonly fromLine: number; readonly limit: number },
  ): Promise<readonly LogLine[]>;
  /**
   * Yields how far the log is: once at the start, then after growth (several growths may be one), and ends after
   * the close or when `signal` aborts. Content is read with the other calls, so a slow reader costs nothing.
   */
  subscribe(key: LogKey, options: { readonly signal: AbortSignal }): AsyncIterable<LogProgress>;
  /** Removes the log, or all logs of a build or repository when the key is a prefix. Absent is fine. */
  remove(key: LogKey): Promise<void>;
}

/** The key of a step's log. */
export function logKey(step: {
  readonly repoId: number;
  readonly buildId: number;
  readonly stepId: number;
}): LogKey {
  return `${step.repoId}/${step.buildId}/${step.stepId}`;
}
