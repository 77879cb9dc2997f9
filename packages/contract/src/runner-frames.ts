import { Buffer } from 'node:buffer';

/** One record of a spool and of a delivery: a JSON head, and bytes that it speaks of. */
export interface Frame {
  readonly head: unknown;
  readonly data: Uint8Array;
}

/** What has been read. */
export interface FrameRun {
  /** The sound frames, each with the offset behind it. */
  readonly frames: readonly (Frame & { readonly end: number })[];
  /** Behind the last sound frame. */
  readonly end: number;
  /**
   * Why reading ended before the end of the bytes: the last frame is not there as a whole yet, or what stands there is
   * none.
   */
  readonly problem?: 'torn' | 'damaged';
}

/** Lengths of head and data and the CRC-32 over both, each an unsigned 32-bit number, little-endian. */
const PREFIX_BYTES = 12;
/** The largest head is the report of a stage with 10,000 steps. */
const MAX_HEAD_BYTES = 16 * 2 ** 20;
const MAX_DATA_BYTES = 8 * 2 ** 20;

/** The largest frame in bytes. */
export const MAX_FRAME_BYTES = PREFIX_BYTES + MAX_HEAD_BYTES + MAX_DATA_BYTES;

const NO_DATA = new Uint8Array();

/** As `zlib.crc32` of Node.js computes it, which this package may not import. */
export type Crc32 = (data: Uint8Array, previous?: number) => number;

/** Writes and reads frames. */
export interface FrameCodec {
  encode(head: unknown, data?: Uint8Array): Buffer;
  /** The same as parts to be written one after the other, without a copy of the data. */
  parts(head: unknown, data?: Uint8Array): readonly Uint8Array[];
  /** Reads frames one after the other. Their data are views of `bytes`. One more than `maxFrames` counts as damage. */
  read(bytes: Buffer, maxFrames?: number): FrameRun;
}

export function createFrameCodec(crc32: Crc32): FrameCodec {
  return {
    encode: (head, data = NO_DATA) => Buffer.concat([encodeHead(crc32, head, data), data]),
    parts: (head, data = NO_DATA) => {
      const first = encodeHead(crc32, head, data);
      return data.length === 0 ? [first] : [first, data];
    },
    read: (bytes, maxFrames = Number.POSITIVE_INFINITY) => readFrames(crc32, bytes, maxFrames),
  };
}

/** All of the frame that goes before its data. */
function encodeHead(crc32: Crc32, head: unknown, data: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(text.length, 0);
  prefix.writeUInt32LE(data.length, 4);
  prefix.writeUInt32LE(crc32(data, crc32(text)), 8);
  return Buffer.concat([prefix, text]);
}

function readFrames(crc32: Crc32, bytes: Buffer, maxFrames: number): FrameRun {
  const frames: (Frame & { readonly end: number })[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (frames.length >= maxFrames) return { frames, end: at, problem: 'damaged' };
    const frame = readFrame(crc32, bytes, at);
    if (typeof frame === 'string') return { frames, end: at, problem: frame };
    frames.push(frame);
    at = frame.end;
  }
  return { frames, end: at };
}

function readFrame(
  crc32: Crc32,
  bytes: Buffer,
  at: number,
): (Frame & { readonly end: number }) | 'torn' | 'damaged' {
  const start = at + PREFIX_BYTES;
  if (start > bytes.length) return 'torn';
  const headBytes = bytes.readUInt32LE(at);
  const dataBytes = bytes.readUInt32LE(at + 4);
  if (headBytes === 0 || headBytes > MAX_HEAD_BYTES || dataBytes > MAX_DATA_BYTES) return 'damaged';
  const end = start + headBytes + dataBytes;
  if (end > bytes.length) return 'torn';
  if (crc32(bytes.subarray(start, end)) !== bytes.readUInt32LE(at + 8)) return 'damaged';
  const head = parse(bytes.toString('utf8', start, start + headBytes));
  return head === undefined ? 'damaged' : { head, data: bytes.subarray(start + headBytes, end), end };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
