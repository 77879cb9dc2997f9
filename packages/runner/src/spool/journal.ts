import { type FileHandle, open, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { createFrameCodec, type Frame, MAX_FRAME_BYTES } from '@sortie/contract/runner-frames';
import { AppError } from '@sortie/core/errors';

/** What a reader has got: frames, and where the next ones begin. */
export interface JournalPart {
  readonly frames: readonly Frame[];
  readonly end: number;
}

/** A file of frames that only grows. Calls may overlap; appends take effect in the order of the calls. */
export interface Journal {
  readonly path: string;
  /** Bytes of sound frames. */
  readonly size: number;
  /**
   * Adds a frame; `isDurable` waits until it would survive a power cut. The data must not change until then. Throws
   * `disk-full`.
   */
  append(head: unknown, data?: Uint8Array, options?: { readonly isDurable: boolean }): Promise<void>;
  /**
   * Frames from `offset`, at least one if there is one, and about `maxBytes` of them. Where they fit into `room`, they
   * are read into it: reading again into the same one changes their data.
   */
  read(offset: number, maxBytes: number, room?: Buffer): Promise<JournalPart>;
  close(): Promise<void>;
  /** Closes and removes the file. */
  remove(): Promise<void>;
}

/** An opened file, and what was wrong with its end. */
export interface OpenedJournal {
  readonly journal: Journal;
  /** A crash has left half a frame, or what stands there was changed since: it is cut off, with all behind it. */
  readonly problem: 'torn' | 'damaged' | undefined;
}

const READ_BYTES = 2 ** 20;
const FRAMES = createFrameCodec(crc32);

/**
 * Opens a journal, or makes it. Frames that follow an unsound one are not believed, since what happened before them is
 * unknown. Throws `disk-full`.
 */
export async function openJournal(path: string): Promise<OpenedJournal> {
  const file = await openFile(path).catch((error: unknown) => mapDisk(error, path));
  try {
    const { size, problem } = await findEnd(file);
    if (problem !== undefined) await file.truncate(size);
    return { journal: toJournal(file, path, size), problem };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function toJournal(file: FileHandle, path: string, found: number): Journal {
  let size = found;
  let last: Promise<void> = Promise.resolve();

  async function write(parts: readonly Uint8Array[], isDurable: boolean): Promise<void> {
    let end = size;
    try {
      for (const part of parts) {
        await writeAll(file, part, end);
        end += part.length;
      }
      if (isDurable) await file.datasync();
    } catch (error) {
      // Half a frame must not stand there when the process ends before the next one overwrites it.
      await file.truncate(size).catch(() => undefined);
      mapDisk(error, path);
    }
    size = end;
  }

  const close = async (): Promise<void> => {
    await last;
    await file.close();
  };
  return {
    path,
    get size() {
      return size;
    },
    append(head, data, options) {
      const parts = FRAMES.parts(head, data);
      const written = last.then(() => write(parts, options?.isDurable === true));
      last = written.catch(() => undefined);
      return written;
    },
    async read(offset, maxBytes, room) {
      const until = size;
      const part = await readPart(file, { offset, until, maxBytes, room });
      if (part.frames.length === 0 && offset < until) throw unreadable(path);
      return part;
    },
    close,
    async remove() {
      await close();
      await rm(path, { force: true });
    },
  };
}

/** Reads through the file once. */
async function findEnd(file: FileHandle): Promise<{ size: number; problem: 'torn' | 'damaged' | undefined }> {
  const { size: until } = await file.stat();
  let offset = 0;
  while (offset < until) {
    const part = await readPart(file, { offset, until, maxBytes: READ_BYTES });
    if (part.frames.length === 0) return { size: offset, problem: part.problem ?? 'damaged' };
    offset = part.end;
  }
  return { size: offset, problem: undefined };
}

interface Range {
  readonly offset: number;
  /** Nothing behind this is read. */
  readonly until: number;
  readonly maxBytes: number;
  readonly room?: Buffer | undefined;
}

/** A frame that is larger than the part is read whole. */
async function readPart(file: FileHandle, { offset, until, maxBytes, room }: Range) {
  for (let length = maxBytes; ; length *= 4) {
    const wanted = Math.min(length, until - offset);
    const fits = room !== undefined && wanted <= room.length;
    const bytes = fits ? room.subarray(0, wanted) : Buffer.allocUnsafe(wanted);
    const { bytesRead } = wanted === 0 ? { bytesRead: 0 } : await file.read(bytes, 0, wanted, offset);
    const run = FRAMES.read(bytes.subarray(0, bytesRead));
    const isWhole = run.frames.length > 0 || run.problem !== 'torn';
    if (isWhole || length >= MAX_FRAME_BYTES || bytesRead < length) {
      return { frames: run.frames, end: offset + run.end, problem: run.problem };
    }
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    // What steps print is nobody else's business.
    return await open(path, 'w+', 0o600);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await file.write(bytes, written, bytes.length - written, position + written);
    written += result.bytesWritten;
  }
}

function mapDisk(error: unknown, path: string): never {
  if (!hasCode(error, 'ENOSPC') && !hasCode(error, 'EDQUOT')) throw error;
  throw new AppError('disk-full', `The runner cannot keep what happens: the disk of ${path} is full.`, {
    hint: 'Free some space in the data folder of the runner (SORTIE_DATA).',
    cause: error,
  });
}

function unreadable(path: string): Error {
  return new Error(`what was written to ${path} cannot be read any more`);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
