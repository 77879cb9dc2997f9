import { type FileHandle, open } from 'node:fs/promises';

/**
 * Where the pieces of a log lie that came with positions, beside the log and in its order. A record is a header, the
 * length of every piece as a varint, and the size of the whole record again, so that the last one is found from the end.
 */
export interface PieceRun {
  /** Position of the first piece. */
  readonly firstPos: number;
  readonly count: number;
  /** Byte of the log at which the first piece begins. */
  readonly offset: number;
  /** Bytes of all pieces. */
  readonly bytes: number;
  /** The log was over its limit: nothing follows. */
  readonly isFull: boolean;
}

/** How far the pieces of a log are. */
export interface PiecesEnd {
  /** Bytes of the index. */
  readonly size: number;
  /** The position that comes next. */
  readonly nextPos: number;
  readonly isFull: boolean;
}

const HEADER_BYTES = 26;
const TRAILER_BYTES = 4;
const KIND = 0x5350;
const FULL_KIND = 0x4650;

export async function openPositions(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return open(path, 'w+', 0o600);
  }
}

/** `logSize` bytes of the log are there; records that say more, or are torn, were cut off by a crash. */
export async function readPiecesEnd(index: FileHandle, logSize: number): Promise<PiecesEnd> {
  const { size } = await index.stat();
  if (size === 0) return { size, nextPos: 0, isFull: false };
  const last = await readLast(index, size);
  if (last !== undefined && last.offset + last.bytes <= logSize) return endAfter(last, size);
  let end: PiecesEnd = { size: 0, nextPos: 0, isFull: false };
  for (;;) {
    const found = await readRun(index, end.size, size);
    if (found === undefined || found.run.offset + found.run.bytes > logSize) break;
    end = endAfter(found.run, found.end);
  }
  await index.truncate(end.size);
  return end;
}

/** Writes a record at byte `at` of the index; returns the byte after it. */
export async function writeRun(
  index: FileHandle,
  at: number,
  run: PieceRun,
  lengths: Uint32Array,
): Promise<number> {
  const payload = encodeLengths(lengths);
  const record = Buffer.alloc(HEADER_BYTES + payload.length + TRAILER_BYTES);
  record.writeUInt16LE(run.isFull ? FULL_KIND : KIND, 0);
  record.writeUInt32LE(run.firstPos, 2);
  record.writeUInt32LE(run.count, 6);
  record.writeUIntLE(run.offset, 10, 6);
  record.writeUIntLE(run.bytes, 16, 6);
  record.writeUInt32LE(payload.length, 22);
  record.set(payload, HEADER_BYTES);
  record.writeUInt32LE(record.length, record.length - TRAILER_BYTES);
  let written = 0;
  while (written < record.length) {
    written += (await index.write(record, written, record.length - written, at + written)).bytesWritten;
  }
  return at + record.length;
}

/** The runs with the pieces before position `pos`, the last one cut, in order. */
export async function* runsBefore(
  index: FileHandle,
  pos: number,
): AsyncGenerator<{ readonly run: PieceRun; readonly lengths: Uint32Array }> {
  const { size } = await index.stat();
  let at = 0;
  for (;;) {
    const found = await readRun(index, at, size);
    if (found === undefined || found.run.firstPos >= pos) return;
    const lengths = decodeLengths(found.payload, Math.min(found.run.count, pos - found.run.firstPos));
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    yield { run: { ...found.run, count: lengths.length, bytes, isFull: false }, lengths };
    at = found.end;
  }
}

function endAfter(run: PieceRun, size: number): PiecesEnd {
  return { size, nextPos: run.firstPos + run.count, isFull: run.isFull };
}

async function readLast(index: FileHandle, size: number): Promise<PieceRun | undefined> {
  const trailer = await readAt(index, size - TRAILER_BYTES, TRAILER_BYTES);
  const start = size - (trailer?.readUInt32LE(0) ?? 0);
  if (start < 0 || start >= size) return undefined;
  const found = await readRun(index, start, size);
  return found?.end === size ? found.run : undefined;
}

async function readRun(
  index: FileHandle,
  at: number,
  size: number,
): Promise<{ readonly run: PieceRun; readonly payload: Buffer; readonly end: number } | undefined> {
  const header = await readAt(index, at, HEADER_BYTES);
  if (header === undefined) return undefined;
  const kind = header.readUInt16LE(0);
  const payloadBytes = header.readUInt32LE(22);
  const end = at + HEADER_BYTES + payloadBytes + TRAILER_BYTES;
  if ((kind !== KIND && kind !== FULL_KIND) || end > size) return undefined;
  const payload = await readAt(index, at + HEADER_BYTES, payloadBytes);
  if (payload === undefined) return undefined;
  const run = {
    firstPos: header.readUInt32LE(2),
    count: header.readUInt32LE(6),
    offset: header.readUIntLE(10, 6),
    bytes: header.readUIntLE(16, 6),
    isFull: kind === FULL_KIND,
  };
  return { run, payload, end };
}

async function readAt(index: FileHandle, at: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  if (at < 0) return undefined;
  const { bytesRead } = length === 0 ? { bytesRead: 0 } : await index.read(bytes, 0, length, at);
  return bytesRead === length ? bytes : undefined;
}

function encodeLengths(lengths: Uint32Array): Buffer {
  const bytes = Buffer.alloc(lengths.length * 5);
  let at = 0;
  for (const length of lengths) {
    let rest = length;
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
  }
  return bytes.subarray(0, at);
}

function decodeLengths(payload: Buffer, count: number): Uint32Array {
  const lengths = new Uint32Array(count);
  let at = 0;
  for (let piece = 0; piece < count; piece += 1) {
    let shift = 0;
    let byte = payload[at++] ?? 0;
    let value = byte & 0x7f;
    while (byte >= 0x80) {
      shift += 7;
      byte = payload[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
    }
    lengths[piece] = value;
  }
  return lengths;
}
