import type { LogPiece } from '@sortie/core/log';
import type { Clock } from '@sortie/engine/clock';
import type { RpcRequest } from './transport.ts';

export interface StepLogDeps {
  readonly clock: Clock;
  /** Sends lines to the live view; what is lost there comes with the upload. Never rejects. */
  readonly sendBatch: (body: RpcRequest['body']) => Promise<void>;
}

/** The live view gets what is new once a second, as from official runners. */
const BATCH_INTERVAL_MS = 1000;
const MAX_BATCH_BYTES = 1024 * 1024;
/** A line that is longer is cut into several; official servers and pages bear no more than 5 MiB. */
const MAX_LINE_BYTES = 64 * 1024;
const PART_LINES = 1000;
const NEWLINE = 10;

/**
 * The log of one step on its way to a server of the plain protocol: lines in batches while the step runs, and
 * everything at its end. Lines are numbered by the bytes alone, so that both agree.
 */
export class StepLog {
  readonly #deps: StepLogDeps;
  readonly #chunks: Uint8Array[] = [];
  readonly #seconds: { readonly offset: number; readonly second: number }[] = [];
  #size = 0;
  /** What no batch has carried yet; joined only as far as a batch goes, since all of it may be the whole log. */
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #nextPos = 0;
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(deps: StepLogDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#size;
  }

  append({ bytes, marks }: LogPiece): void {
    // A copy: the bytes are kept longer than their owner promises them.
    const chunk = Buffer.from(bytes);
    this.#chunks.push(chunk);
    this.#seconds.push(...marks.map(({ offset, second }) => ({ offset, second })));
    this.#size += chunk.length;
    this.#unsent.push(chunk);
    this.#unsentBytes += chunk.length;
    this.#cancelTimer ??= this.#deps.clock.after(BATCH_INTERVAL_MS, () => this.#onTimer());
  }

  /** Sends what batches have not carried. */
  async flush(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#sending;
    while (this.#unsentBytes > 0) await this.#sendBatch(true);
  }

  /** The whole log as the body of an upload, `null` when the step has written nothing. */
  uploadBody(): RpcRequest['body'] {
    const all = Buffer.concat(this.#chunks);
    const parts = (): Iterable<Uint8Array> => this.#parts(all, { from: 0, firstPos: 0, isEnd: true });
    let bytes = 0;
    for (const part of parts()) bytes += part.length;
    return { bytes, parts };
  }

  #onTimer(): void {
    this.#cancelTimer = undefined;
    this.#sending = this.#sending.then(async () => {
      await this.#sendBatch(false);
      if (this.#cancelTimer === undefined && this.#hasLine) {
        this.#cancelTimer = this.#deps.clock.after(BATCH_INTERVAL_MS, () => this.#onTimer());
      }
    });
  }

  async #sendBatch(isEnd: boolean): Promise<void> {
    const joined = this.#joinUnsent();
    const data = joined.subarray(0, MAX_BATCH_BYTES);
    const isLast = isEnd && data.length === this.#unsentBytes;
    const from = this.#size - this.#unsentBytes;
    const cuts = [...cutLines(data, isLast)];
    const end = cuts.at(-1) ?? 0;
    if (end === 0) return;
    const firstPos = this.#nextPos;
    this.#unsent = [joined.subarray(end), ...this.#unsent.slice(1)];
    this.#unsentBytes -= end;
    this.#nextPos += cuts.length;
    const parts = [...this.#parts(data.subarray(0, end), { from, firstPos, isEnd: true })];
    const body = Buffer.concat(parts);
    await this.#deps.sendBatch({ bytes: body.length, parts: () => [body] });
  }

  /** What a batch may carry, which is the first of the unsent chunks afterwards. */
  #joinUnsent(): Buffer {
    let count = 0;
    for (let bytes = 0; count < this.#unsent.length && bytes < MAX_BATCH_BYTES; count += 1) {
      bytes += this.#unsent[count]?.length ?? 0;
    }
    const joined = Buffer.concat(this.#unsent.slice(0, count));
    this.#unsent = [joined, ...this.#unsent.slice(count)];
    return joined;
  }

  get #hasLine(): boolean {
    return this.#unsentBytes > MAX_LINE_BYTES || this.#unsent.some((chunk) => chunk.includes(NEWLINE));
  }

  /** The JSON text of the lines in `data`, which begins at byte `from` of the log. */
  *#parts(
    data: Buffer,
    { from, firstPos, isEnd }: { readonly from: number; readonly firstPos: number; readonly isEnd: boolean },
  ): Generator<Uint8Array> {
    if (data.length === 0) {
      yield Buffer.from('null\n');
      return;
    }
    let lines: string[] = [];
    let start = 0;
    let pos = firstPos;
    let mark = 0;
    for (const end of cutLines(data, isEnd)) {
      while ((this.#seconds[mark + 1]?.offset ?? Number.POSITIVE_INFINITY) <= from + start) mark += 1;
      const time = this.#seconds[mark]?.second ?? 0;
      const line = JSON.stringify({ pos, out: data.toString('utf8', start, end), time });
      lines.push(`${pos === firstPos ? '[' : ','}${line}`);
      start = end;
      pos += 1;
      if (lines.length < PART_LINES && start < data.length) continue;
      yield Buffer.from(lines.join(''));
      lines = [];
    }
    yield Buffer.from(']\n');
  }
}

/** Where the lines of `data` end. What follows the last one waits for its newline, unless `isEnd`. */
function* cutLines(data: Buffer, isEnd: boolean): Generator<number> {
  let start = 0;
  while (start < data.length) {
    const newline = data.indexOf(NEWLINE, start);
    const end = newline === -1 ? data.length : newline + 1;
    while (end - start > MAX_LINE_BYTES) {
      start = characterStart(data, start + MAX_LINE_BYTES);
      yield start;
    }
    if (newline === -1 && !isEnd) return;
    start = end;
    yield start;
  }
}

/** The beginning of the character that byte `at` belongs to. */
function characterStart(data: Buffer, at: number): number {
  let start = at;
  while (start > at - 4 && ((data[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return ((data[start] ?? 0) & 0xc0) === 0x80 ? at : start;
}
