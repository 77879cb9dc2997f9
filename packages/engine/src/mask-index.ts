import { Buffer } from 'node:buffer';

/** What stands in a log in place of a secret. */
export const MASK = '******';

/** Shorter values would turn ordinary words into asterisks and protect nothing (pipeline.md 6.7). */
const MIN_BYTES = 3;

/**
 * The values of a stage that must not be seen, ready for searching. A value of several lines is searched line by
 * line, each trimmed, because logs indent and break. Built once per stage and shared by the logs of its steps.
 */
export class MaskIndex {
  readonly isEmpty: boolean;
  /** Bytes of the longest needle. */
  readonly longest: number;
  readonly #byPair = new Map<number, Buffer[]>();
  readonly #byFirst = new Map<number, Buffer[]>();
  /** 1 for every pair of bytes that begins a needle: one look-up per byte of log, however many secrets. */
  readonly #isStart: Uint8Array;

  constructor(values: readonly string[]) {
    const needles = toNeedles(values);
    this.isEmpty = needles.length === 0;
    this.longest = needles[0]?.length ?? 0;
    this.#isStart = new Uint8Array(this.isEmpty ? 0 : 65_536);
    for (const needle of needles) {
      const pair = needle.readUInt16BE(0);
      this.#isStart[pair] = 1;
      append(this.#byPair, pair, needle);
      append(this.#byFirst, needle.readUInt8(0), needle);
    }
  }

  /** Calls `found` for the longest needle at every position where one is, in order of position. */
  search(data: Buffer, found: (start: number, end: number) => void): void {
    const isStart = this.#isStart;
    let pair = data[0] ?? 0;
    for (let at = 1; at < data.length; at += 1) {
      pair = ((pair & 0xff) << 8) | (data[at] ?? 0);
      if (isStart[pair] === 0) continue;
      const start = at - 1;
      for (const needle of this.#byPair.get(pair) ?? []) {
        const end = start + needle.length;
        if (end > data.length || needle.compare(data, start, end) !== 0) continue;
        found(start, end);
        break;
      }
    }
  }

  /** The first position from which the rest of `data` may be the beginning of a needle; its length if none. */
  openEnd(data: Buffer): number {
    for (let start = Math.max(0, data.length - this.longest + 1); start < data.length; start += 1) {
      const rest = data.length - start;
      for (const needle of this.#byFirst.get(data[start] ?? 0) ?? []) {
        if (needle.length <= rest) break;
        if (needle.compare(data, start, data.length, 0, rest) === 0) return start;
      }
    }
    return data.length;
  }
}

/** Longest first, without repeats. */
function toNeedles(values: readonly string[]): Buffer[] {
  const lines = values.flatMap((value) => value.split(/[\r\n]+/)).map((line) => line.trim());
  const needles = [...new Set(lines)].map((line) => Buffer.from(line));
  return needles
    .filter((needle) => needle.length >= MIN_BYTES)
    .sort((one, other) => other.length - one.length);
}

function append(map: Map<number, Buffer[]>, key: number, needle: Buffer): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [needle]);
  else list.push(needle);
}
