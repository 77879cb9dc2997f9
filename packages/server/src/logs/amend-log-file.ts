import { Buffer } from 'node:buffer';
import { AppError } from '@sortie/core/errors';
import type { LogPiece } from '@sortie/core/log';
import { cutLogFile, endLogFile, extendLogFile, type LogFile } from './log-file.ts';

/**
 * Puts a late piece where it belongs in a log that was ended without it. `marker` is the line of ours that may have been
 * written there instead; it gives way. Bytes that are stored already change nothing, and an open log just grows. Throws
 * `log-gap`.
 */
export async function amendLogFile(
  file: LogFile,
  piece: LogPiece,
  options: { readonly marker: string; readonly maxBytes: number },
): Promise<void> {
  const { offset, bytes } = piece;
  if (offset > file.size) {
    throw new AppError('log-gap', `The log ends at byte ${file.size}, the piece begins at ${offset}.`, {
      hint: 'Go on from the stored size.',
      details: { size: file.size },
    });
  }
  const end = offset + bytes.length;
  const ownSize = file.size - (file.isClosed ? await markerBytes(file, options.marker) : 0);
  if (end <= ownSize || end > options.maxBytes) return;
  const wasClosed = file.isClosed;
  await cutLogFile(file, offset);
  await extendLogFile(file, piece);
  if (wasClosed) await endLogFile(file);
}

/** How many bytes at the end are, or may be, ours: a newline before the marker ends an open line of the program. */
async function markerBytes(file: LogFile, marker: string): Promise<number> {
  const line = Buffer.from(`[${marker}]\n`);
  const tail = Buffer.alloc(Math.min(file.size, line.length + 1));
  await file.bytes.read(tail, 0, tail.length, file.size - tail.length);
  if (!tail.subarray(-line.length).equals(line)) return 0;
  return tail.length > line.length && tail[0] === 10 ? line.length + 1 : line.length;
}
