import { AppError } from '@sortie/core/errors';
import { ArraySplitter } from './log-lines-split.ts';

/** A line as official runners send it: what the program wrote at once, with its newline if it had one. */
export interface RpcLine {
  readonly pos: number;
  readonly out: string;
  readonly time: number;
}

/** Positions are kept in four bytes; a log of that many lines is none. */
const MAX_POS = 0xffff_ffff;
const KEYS = ['pos', 'out', 'time'] as const;

/**
 * Reads the body of a log call, `null` or an array of lines, in groups, so that a body of any size takes a bounded
 * amount of memory. Throws `invalid-request` for everything else, groups before the fault having been given out.
 */
export async function* readRpcLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly RpcLine[]> {
  const splitter = new ArraySplitter();
  for await (const chunk of body) {
    for (const group of splitter.write(chunk)) yield group.map(toLine);
  }
  splitter.end();
}

function toLine(value: unknown): RpcLine {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid();
  const [pos, out, time] = KEYS.map((key) => memberOf(value, key));
  if (typeof (out ?? '') !== 'string') throw invalid();
  return { pos: toInteger(pos, MAX_POS), out: String(out ?? ''), time: toInteger(time, MAX_POS) };
}

/** As Go finds it: in whatever case. */
function memberOf(value: object, key: (typeof KEYS)[number]): unknown {
  if (Object.hasOwn(value, key)) return (value as Readonly<Record<string, unknown>>)[key];
  return Object.entries(value).find(([name]) => name.toLowerCase() === key)?.[1];
}

function toInteger(value: unknown, max: number): number {
  const number = value ?? 0;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > max)
    throw invalid();
  return number;
}

function invalid(): AppError {
  return new AppError('invalid-request', 'A line of the log is not an object with pos, out and time.', {
    hint: 'Send an array of {"pos": 0, "out": "text\\n", "time": 0}.',
  });
}
