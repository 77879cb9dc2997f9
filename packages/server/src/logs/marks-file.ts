import type { FileHandle } from 'node:fs/promises';
import type { LogMark } from '@sortie/core/log';

/**
 * The index beside a log: fixed records of 16 bytes, so that a mark is found by halving. A record is the line
 * (4 bytes), the offset (6), the second (4) and its kind (2), all little endian.
 */
export const RECORD_BYTES = 16;
const MARK_KIND = 0x4b4d;
/** The last record of a closed log: lines and size as they were at the close. */
const END_KIND = 0x4e45;
const RECORDS_PER_READ = 64;

export interface MarkRecord extends LogMark {
  readonly isEnd: boolean;
}

export function encodeMarks(marks: readonly LogMark[], end?: LogMark): Buffer {
  const count = marks.length + (end === undefined ? 0 : 1);
  const buffer = Buffer.alloc(count * RECORD_BYTES);
  marks.forEach((mark, index) => {
    writeRecord(buffer, index * RECORD_BYTES, mark, MARK_KIND);
  });
  if (end !== undefined) writeRecord(buffer, marks.length * RECORD_BYTES, end, END_KIND);
  return buffer;
}

function writeRecord(buffer: Buffer, at: number, mark: LogMark, kind: number): void {
  buffer.writeUInt32LE(mark.line, at);
  buffer.writeUIntLE(mark.offset, at + 4, 6);
  buffer.writeUInt32LE(mark.second, at + 10);
  buffer.writeUInt16LE(kind, at + 14);
}

/** Record `index`; `undefined` behind the end and for torn or foreign bytes. */
export async function readRecord(file: FileHandle, index: number): Promise<MarkRecord | undefined> {
  return (await readRecords(file, index, 1))[0];
}

/** Up to `count` records from `index` on; stops at the first that is torn or foreign. */
export async function readRecords(
  file: FileHandle,
  index: number,
  count = RECORDS_PER_READ,
): Promise<readonly MarkRecord[]> {
  const buffer = Buffer.alloc(count * RECORD_BYTES);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, index * RECORD_BYTES);
  const records: MarkRecord[] = [];
  for (let at = 0; at + RECORD_BYTES <= bytesRead; at += RECORD_BYTES) {
    const kind = buffer.readUInt16LE(at + 14);
    if (kind !== MARK_KIND && kind !== END_KIND) break;
    records.push({
      line: buffer.readUInt32LE(at),
      offset: buffer.readUIntLE(at + 4, 6),
      second: buffer.readUInt32LE(at + 10),
      isEnd: kind === END_KIND,
    });
  }
  return records;
}

/** Index of the last of `count` marks at or before `line`; -1 without one. */
export async function findMarkIndex(file: FileHandle, count: number, line: number): Promise<number> {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = await readRecord(file, middle);
    if (record !== undefined && record.line <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
