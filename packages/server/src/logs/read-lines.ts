import type { LogLine } from '@sortie/core/log';
import { type LogFile, progressOf } from './log-file.ts';
import { findMarkIndex, type MarkRecord, readRecords } from './marks-file.ts';

/** A longer line is cut, and so many bytes of lines end an answer. */
const MAX_BYTES = 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** See `LogStore.readLines`. Reads from the mark before the asked line on, never from the beginning. */
export async function readLogLines(
  file: LogFile,
  range: { readonly fromLine: number; readonly limit: number },
): Promise<readonly LogLine[]> {
  const until = Math.min(progressOf(file).lines, range.fromLine + range.limit);
  if (range.fromLine >= until) return [];
  const clock = await openSeconds(file, range.fromLine);
  const result: LogLine[] = [];
  let line = clock.startLine;
  let total = 0;
  for await (const bytes of splitLines(file, clock.startOffset)) {
    if (line >= range.fromLine) {
      if (total > 0 && total + bytes.length > MAX_BYTES) break;
      total += bytes.length;
      result.push({ pos: line, out: decode(bytes), time: await clock.secondOf(line) });
    }
    line += 1;
    if (line >= until) break;
  }
  return result;
}

function decode(bytes: Buffer): string {
  return bytes.toString('utf8');
}

interface Seconds {
  readonly startLine: number;
  readonly startOffset: number;
  /** To be asked in line order. */
  secondOf(line: number): Promise<number>;
}

async function openSeconds(file: LogFile, fromLine: number): Promise<Seconds> {
  const first = Math.max(0, await findMarkIndex(file.marks, file.markCount, fromLine));
  let index = first;
  let records: readonly MarkRecord[] = await readRecords(file.marks, index);
  let at = 0;
  const start = records[0];
  return {
    startLine: start?.line ?? 0,
    startOffset: start?.offset ?? 0,
    async secondOf(line) {
      for (;;) {
        if (at + 1 >= records.length && index + records.length < file.markCount) {
          index += at;
          at = 0;
          records = await readRecords(file.marks, index);
        }
        const next = records[at + 1];
        if (next === undefined || next.isEnd || next.line > line) return records[at]?.second ?? 0;
        at += 1;
      }
    },
  };
}

/** The lines from `offset` on, with their newlines and cut to the limit; the last may lack its newline. */
async function* splitLines(file: LogFile, offset: number): AsyncGenerator<Buffer> {
  const { size } = file;
  const block = Buffer.alloc(BLOCK_BYTES);
  let parts: Buffer[] = [];
  let length = 0;
  let at = offset;
  while (at < size) {
    const { bytesRead } = await file.bytes.read(block, 0, Math.min(BLOCK_BYTES, size - at), at);
    if (bytesRead === 0) break;
    let from = 0;
    while (from < bytesRead) {
      const newline = block.subarray(0, bytesRead).indexOf(NEWLINE, from);
      const to = newline < 0 ? bytesRead : newline + 1;
      const room = MAX_BYTES - length;
      const part = Buffer.from(block.subarray(from, Math.min(to, from + Math.max(0, room))));
      parts.push(part);
      length += part.length;
      from = to;
      if (newline < 0) continue;
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
    }
    at += bytesRead;
  }
  if (length > 0) yield Buffer.concat(parts);
}
