import type { FileHandle } from 'node:fs/promises';
import { extendLogFile, type LogFile } from './log-file.ts';
import type { LogPieces } from './log-store.ts';
import { type PiecesEnd, writeRun } from './positions-file.ts';

/** A log that grows by pieces: its files, and how far its pieces are. */
export interface PieceLog {
  readonly file: LogFile;
  readonly index: FileHandle;
  end: PiecesEnd;
}

/** Appends what of the pieces is new and fits (see `LogStore.appendPieces`). */
export async function extendByPieces(log: PieceLog, given: LogPieces, limitBytes: number): Promise<void> {
  const pieces = piecesFrom(given, log.end.nextPos);
  if (pieces === undefined || log.end.isFull) return;
  if (pieces.firstPos > log.end.nextPos) await writeGapLine(log, pieces.firstPos - log.end.nextPos);
  const fitting = fittingPieces(pieces, limitBytes - log.file.size);
  await writePieces(log, fitting, false);
  const missing = pieces.bytes.length - fitting.bytes.length;
  if (missing === 0) return;
  await writeLine(log, 'the log is over its limit, the rest is left out');
  const firstPos = fitting.firstPos + fitting.lengths.length;
  await writePieces(
    log,
    { firstPos, lengths: new Uint32Array(), bytes: new Uint8Array(), seconds: [] },
    true,
  );
}

async function writeGapLine(log: PieceLog, count: number): Promise<void> {
  const what = count === 1 ? '1 line is' : `${count} lines are`;
  await writeLine(log, `${what} missing here, the runner did not send them`);
}

async function writePieces(log: PieceLog, pieces: LogPieces, isFull: boolean): Promise<void> {
  const { file, index } = log;
  const { firstPos, lengths, bytes, seconds } = pieces;
  if (lengths.length === 0 && !isFull) return;
  const offset = file.size;
  const marks = seconds.map((mark) => ({ line: 0, offset: offset + mark.offset, second: mark.second }));
  await extendLogFile(file, { bytes, marks });
  const run = { firstPos, count: lengths.length, offset, bytes: bytes.length, isFull };
  const size = await writeRun(index, log.end.size, run, lengths);
  log.end = { size, nextPos: firstPos + lengths.length, isFull };
}

async function writeLine({ file }: PieceLog, text: string): Promise<void> {
  const isMidLine = file.size > file.lines.lineStart;
  const bytes = Buffer.from(`${isMidLine ? '\n' : ''}[sortie: ${text}]\n`);
  await extendLogFile(file, { bytes, marks: [] });
}

/** The pieces from position `pos` on; `undefined` when there are none. */
function piecesFrom(pieces: LogPieces, pos: number): LogPieces | undefined {
  const known = pos - pieces.firstPos;
  if (known <= 0) return pieces.lengths.length === 0 ? undefined : pieces;
  if (known >= pieces.lengths.length) return undefined;
  const from = pieces.lengths.subarray(0, known).reduce((sum, length) => sum + length, 0);
  const later = pieces.seconds.filter(({ offset }) => offset >= from);
  // The second of the first piece that is left was told by an earlier one.
  const second = pieces.seconds.findLast(({ offset }) => offset < from)?.second;
  const seconds = later.map(({ offset, second }) => ({ offset: offset - from, second }));
  return {
    firstPos: pos,
    lengths: pieces.lengths.subarray(known),
    bytes: pieces.bytes.subarray(from),
    seconds: second === undefined || seconds[0]?.offset === 0 ? seconds : [{ offset: 0, second }, ...seconds],
  };
}

/** As many whole pieces as `room` bytes take. */
function fittingPieces(pieces: LogPieces, room: number): LogPieces {
  if (pieces.bytes.length <= room) return pieces;
  let count = 0;
  let bytes = 0;
  for (const length of pieces.lengths) {
    if (bytes + length > room) break;
    bytes += length;
    count += 1;
  }
  return { ...pieces, lengths: pieces.lengths.subarray(0, count), bytes: pieces.bytes.subarray(0, bytes) };
}
