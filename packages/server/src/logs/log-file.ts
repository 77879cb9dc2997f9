import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogMark } from '@sortie/core/log';
import { countLines, FIRST_LINE, type LineState } from './line-counter.ts';
import type { LogProgress } from './log-store.ts';
import { encodeMarks, RECORD_BYTES, readRecord } from './marks-file.ts';

/** An open log: a file of bytes and one of marks. */
export interface LogFile {
  bytes: FileHandle;
  marks: FileHandle;
  size: number;
  /** Records in the marks file without the end record. */
  markCount: number;
  lines: LineState;
  isClosed: boolean;
}

const SCAN_BYTES = 256 * 1024;

/**
 * Opens a log and works out how far it is. What a crash left half-written is cut off: a torn record, and marks
 * behind the bytes. `undefined` when there is none and `mode` is `read`.
 */
export async function openLogFile(path: string, mode: 'read' | 'append'): Promise<LogFile | undefined> {
  if (mode === 'append') await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const bytes = await openHandle(`${path}.log`, mode);
  if (bytes === undefined) return undefined;
  let marks: FileHandle | undefined;
  try {
    marks = await openHandle(`${path}.marks`, 'append');
    if (marks === undefined) throw new Error('a file opened for writing is there');
    return await recover(bytes, marks);
  } catch (error) {
    await bytes.close();
    await marks?.close();
    throw error;
  }
}

/** How far a log is, as readers see it. */
export function progressOf(file: LogFile): LogProgress {
  const { lines, lineStart } = file.lines;
  const hasOpenLine = file.isClosed && file.size > lineStart;
  return { size: file.size, lines: lines + (hasOpenLine ? 1 : 0), isClosed: file.isClosed };
}

/** Writes bytes at the end. The marks go first: marks behind the bytes are cut off, missing ones are not seen. */
export async function extendLogFile(
  file: LogFile,
  piece: { readonly bytes: Uint8Array; readonly marks: readonly LogMark[] },
): Promise<void> {
  const counted = countLines(file.lines, { offset: file.size, ...piece });
  if (counted.marks.length > 0) {
    await writeAll(file.marks, encodeMarks(counted.marks), file.markCount * RECORD_BYTES);
  }
  await writeAll(file.bytes, piece.bytes, file.size);
  file.markCount += counted.marks.length;
  file.size += piece.bytes.length;
  file.lines = counted.state;
}

/** Takes the end off, also of a log that was ended: it is open afterwards. */
export async function cutLogFile(file: LogFile, size: number): Promise<void> {
  await file.bytes.truncate(size);
  Object.assign(file, await recover(file.bytes, file.marks));
}

/** Ends the log for good; when it returns, both files are on the disk. */
export async function endLogFile(file: LogFile): Promise<void> {
  const { lines, second } = file.lines;
  await file.bytes.sync();
  const end = encodeMarks([], { line: lines, offset: file.size, second });
  await writeAll(file.marks, end, file.markCount * RECORD_BYTES);
  await file.marks.sync();
  file.isClosed = true;
}

export async function closeHandles(file: LogFile): Promise<void> {
  await file.bytes.close();
  await file.marks.close();
}

async function recover(bytes: FileHandle, marks: FileHandle): Promise<LogFile> {
  const { size } = await bytes.stat();
  let markCount = Math.floor((await marks.stat()).size / RECORD_BYTES);
  const last = markCount === 0 ? undefined : await readRecord(marks, markCount - 1);
  const isClosed = last?.isEnd === true && last.offset === size;
  if (isClosed) markCount -= 1;
  let mark = markCount === 0 ? undefined : await readRecord(marks, markCount - 1);
  while (markCount > 0 && (mark === undefined || mark.isEnd || mark.offset >= size)) {
    markCount -= 1;
    mark = markCount === 0 ? undefined : await readRecord(marks, markCount - 1);
  }
  if (!isClosed) await marks.truncate(markCount * RECORD_BYTES);
  const start =
    mark === undefined
      ? FIRST_LINE
      : { lines: mark.line, lineStart: mark.offset, second: mark.second, markedLine: mark.line };
  const file: LogFile = { bytes, marks, size, markCount, lines: start, isClosed };
  if (isClosed && last !== undefined)
    file.lines = { ...start, lines: last.line, lineStart: await lastLineStart(bytes, size) };
  else await scanTail(file, start.lineStart);
  return file;
}

/** Counts the lines behind the last mark, and sets the marks that a crash kept from being written. */
async function scanTail(file: LogFile, from: number): Promise<void> {
  const block = Buffer.alloc(SCAN_BYTES);
  let offset = from;
  while (offset < file.size) {
    const { bytesRead } = await file.bytes.read(block, 0, SCAN_BYTES, offset);
    if (bytesRead === 0) break;
    const counted = countLines(file.lines, { offset, bytes: block.subarray(0, bytesRead), marks: [] });
    await writeAll(file.marks, encodeMarks(counted.marks), file.markCount * RECORD_BYTES);
    file.markCount += counted.marks.length;
    file.lines = counted.state;
    offset += bytesRead;
  }
}

/** All that matters of a closed log is whether it ends within a line. */
async function lastLineStart(bytes: FileHandle, size: number): Promise<number> {
  if (size === 0) return 0;
  const tail = Buffer.alloc(1);
  await bytes.read(tail, 0, 1, size - 1);
  return tail[0] === 10 ? size : size - 1;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await file.write(bytes, written, bytes.length - written, position + written);
    written += result.bytesWritten;
  }
}

/** `r+` keeps what is there; appending writes at known positions, so that a repeat cannot double anything. */
async function openHandle(path: string, mode: 'read' | 'append'): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!isMissing(error)) throw error;
    return mode === 'read' ? undefined : open(path, 'w+', 0o600);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
