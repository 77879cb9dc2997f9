import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { extendByPieces, type PieceLog } from './extend-pieces.ts';
import { closeHandles, endLogFile, extendLogFile, type LogFile, openLogFile } from './log-file.ts';
import type { LogPieces } from './log-store.ts';
import { readRecords } from './marks-file.ts';
import { openPositions, runsBefore, writeRun } from './positions-file.ts';

const BLOCK_BYTES = 256 * 1024;
const EXTENSIONS = ['log', 'marks', 'pos'] as const;

/** New content of a log, written beside it until it is complete. */
export interface LogDraft {
  /** The first pieces decide what stays of the old content, which `original` reads. */
  add(pieces: LogPieces, limitBytes: number): Promise<void>;
  /** Puts the draft in the place of `file`, which is at `path`. */
  swap(path: string, file: LogFile): Promise<void>;
  /** Gives up what has not been swapped in. */
  discard(): Promise<void>;
}

/** `original` runs a piece of work on the log as it is now, or not at all when there is none. */
export async function openDraft(
  draftPath: string,
  original: (work: (file: LogFile) => Promise<void>) => Promise<void>,
  positionsPath: string,
): Promise<LogDraft> {
  const file = await openLogFile(draftPath, 'append');
  if (file === undefined) throw new Error('a file opened for writing is there');
  const index = await openPositions(`${draftPath}.pos`);
  const log: PieceLog = { file, index, end: { size: 0, nextPos: 0, isFull: false } };
  let hasBegun = false;
  let isSwapped = false;
  return {
    async add(pieces, limitBytes) {
      if (pieces.lengths.length === 0) return;
      if (!hasBegun) {
        hasBegun = true;
        const { firstPos } = pieces;
        if (firstPos > 0) await original((old) => copyHead(old, positionsPath, log, firstPos));
      }
      await extendByPieces(log, pieces, limitBytes);
    },
    async swap(path, old) {
      if (old.isClosed) await endLogFile(file);
      else await file.bytes.sync();
      const { bytes, marks } = old;
      // Without marks a log can be read all the same, with those of other bytes it cannot.
      await rm(`${path}.marks`, { force: true });
      for (const extension of EXTENSIONS) await rename(`${draftPath}.${extension}`, `${path}.${extension}`);
      Object.assign(old, file);
      isSwapped = true;
      await closeHandles({ ...old, bytes, marks });
    },
    async discard() {
      await index.close();
      if (isSwapped) return;
      await closeHandles(file);
      await removeDraft(draftPath);
    },
  };
}

/** Removes what a process that died has left of drafts for the log at `path`; those of this one hold `token`. */
export async function removeStaleDrafts(path: string, token: string): Promise<void> {
  const folder = dirname(path);
  const isStale = (name: string) => name.startsWith(`${basename(path)}.draft-`) && !name.includes(token);
  for (const name of (await namesIn(folder)).filter(isStale)) await rm(join(folder, name), { force: true });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function removeDraft(draftPath: string): Promise<void> {
  for (const extension of EXTENSIONS) await rm(`${draftPath}.${extension}`, { force: true });
}

/** What came before position `pos`, with its lines of ours. */
async function copyHead(old: LogFile, positionsPath: string, log: PieceLog, pos: number): Promise<void> {
  const index = await openPositions(positionsPath);
  try {
    let cut = 0;
    for await (const { run, lengths } of runsBefore(index, pos)) {
      if (run.offset + run.bytes > old.size) break;
      cut = run.offset + run.bytes;
      const size = await writeRun(log.index, log.end.size, run, lengths);
      log.end = { size, nextPos: run.firstPos + run.count, isFull: false };
    }
    await copyBytes(old, log.file, cut);
  } finally {
    await index.close();
  }
}

async function copyBytes(from: LogFile, to: LogFile, end: number): Promise<void> {
  const marks = (await readRecords(from.marks, 0, Math.max(1, from.markCount))).slice(0, from.markCount);
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let at = 0; at < end; ) {
    const { bytesRead } = await from.bytes.read(block, 0, Math.min(BLOCK_BYTES, end - at), at);
    if (bytesRead === 0) throw new Error(`a log ended at byte ${at} of ${end}`);
    const own = marks.filter(({ offset }) => offset >= at && offset < at + bytesRead);
    await extendLogFile(to, { bytes: block.subarray(0, bytesRead), marks: own });
    at += bytesRead;
  }
}
