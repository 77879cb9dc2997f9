import { Buffer } from 'node:buffer';
import { MIN_MASK_BYTES, maskForms } from './mask-forms.ts';

/** What stands in a log in place of a secret. */
export const MASK = '******';

/**
 * The values of a stage that must not be seen, ready for searching, in all the forms that they may take. Built once per stage and shared by the logs of its steps.
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
    for (let start = nextStart(data, isStart, 0); start !== -1; start = nextStart(data, isStart, start + 1)) {
      const third = data[start + 2];
      for (const needle of this.#byPair.get(data.readUInt16BE(start)) ?? NONE) {
        // One byte more tells most of them apart, at a tenth of the cost of a comparison.
        if (needle[2] !== third) continue;
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
      for (const needle of this.#candidates(data, start)) {
        if (needle.length <= rest) break;
        if (needle.compare(data, start, data.length, 0, rest) === 0) return start;
      }
    }
    return data.length;
  }

  /** The needles that may begin there, longest first. */
  #candidates(data: Buffer, start: number): readonly Buffer[] {
    if (start + 1 >= data.length) return this.#byFirst.get(data[start] ?? 0) ?? NONE;
    const pair = data.readUInt16BE(start);
    return this.#isStart[pair] === 0 ? NONE : (this.#byPair.get(pair) ?? NONE);
  }
}

const NONE: readonly Buffer[] = [];

/**
 * The next position where a needle may begin, or -1. It looks at every byte of every log, so it calls nothing and needs
 * nothing of the byte before: that takes a third off the whole search, and two thirds where nothing begins.
 */
function nextStart(data: Buffer, isStart: Uint8Array, from: number): number {
  const last = data.length - 1;
  for (let at = from; at < last; at += 1) {
    if (isStart[((data[at] ?? 0) << 8) | (data[at + 1] ?? 0)] !== 0) return at;
  }
  return -1;
}

/** Longest first, without repeats. */
function toNeedles(values: readonly string[]): Buffer[] {
  const forms = new Set(values.flatMap(maskForms));
  return [...forms]
    .map((form) => Buffer.from(form))
    .filter((needle) => needle.length >= MIN_MASK_BYTES)
    .sort((one, other) => other.length - one.length);
}

function append(map: Map<number, Buffer[]>, key: number, needle: Buffer): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [needle]);
  else list.push(needle);
}
