import { Buffer } from 'node:buffer';
import { AppError } from '@sortie/core/errors';
import type { LogKey, LogStore } from '../logs/log-store.ts';
import { formatEvent } from './sse.ts';

const LINES_PER_MESSAGE = 500;
/** Readers of a live log are rarely further apart; what is older is read again, so that it need not be dropped. */
const KEEP_MS = 2000;
/** What messages may take together, besides the newest one. */
const KEEP_BYTES = 8 * 2 ** 20;

export interface LogEventsDeps {
  readonly logs: Pick<LogStore, 'progress' | 'readLines' | 'subscribe'>;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
}

export interface LogReader {
  readonly fromLine: number;
  /** The log is followed to its end; otherwise what there is is all. */
  readonly isLive: boolean;
  readonly signal: AbortSignal;
  /** Asked before each message. */
  readonly mayRead: () => Promise<boolean>;
}

/** The logs of steps as event streams. */
export interface LogEvents {
  /**
   * Messages with the lines from `fromLine` on. Readers that are at the same line at about the same time are given the
   * same bytes, read and encoded once; whoever is behind costs a look into the store and nothing else. Throws
   * `unauthorized` when the reader may not go on.
   */
  follow(key: LogKey, reader: LogReader): AsyncIterable<Uint8Array>;
}

interface Message {
  readonly bytes: Buffer;
  /** The line after the last one. */
  readonly next: number;
}

export function createLogEvents({ logs, nowMs }: LogEventsDeps): LogEvents {
  const messages = createMessageCache(nowMs);
  let readers = 0;

  async function read(key: LogKey, fromLine: number): Promise<Message | undefined> {
    const lines = await logs.readLines(key, { fromLine, limit: LINES_PER_MESSAGE });
    if (lines.length === 0) return undefined;
    const events = lines.map(({ pos, out, time }) => formatEvent(pos, JSON.stringify({ pos, out, time })));
    return { bytes: Buffer.from(events.join('')), next: fromLine + lines.length };
  }

  async function* send(key: LogKey, { fromLine, isLive, signal, mayRead }: LogReader) {
    let next = fromLine;
    const steps = isLive ? logs.subscribe(key, { signal }) : [await logs.progress(key)];
    for await (const progress of steps) {
      while (next < progress.lines && !signal.aborted) {
        const from = next;
        const message = await messages.get(`${key}:${from}`, () => read(key, from));
        if (message === undefined) break;
        // Not the end of the log: the client comes back and is told why.
        if (!(await mayRead()))
          throw new AppError('unauthorized', 'The reader may not see this log any more.');
        yield message.bytes;
        next = message.next;
      }
    }
  }

  return {
    async *follow(key, reader) {
      readers += 1;
      try {
        yield* send(key, reader);
      } finally {
        readers -= 1;
        if (readers === 0) messages.clear();
      }
    },
  };
}

interface Entry {
  readonly madeMs: number;
  readonly loading: Promise<Message | undefined>;
  /** 0 until it is there. */
  bytes: number;
}

/** Keeps the newest messages for a moment. */
function createMessageCache(nowMs: () => number) {
  const entries = new Map<string, Entry>();
  let total = 0;

  function drop(id: string, entry: Entry): void {
    if (entries.get(id) !== entry) return;
    entries.delete(id);
    total -= entry.bytes;
  }

  /** Oldest first. */
  function trim(newest: Entry): void {
    for (const [id, entry] of entries) {
      if (entry === newest || (total <= KEEP_BYTES && nowMs() - entry.madeMs < KEEP_MS)) return;
      drop(id, entry);
    }
  }

  async function add(id: string, load: () => Promise<Message | undefined>): Promise<Message | undefined> {
    const entry: Entry = { madeMs: nowMs(), loading: load(), bytes: 0 };
    entries.set(id, entry);
    try {
      const message = await entry.loading;
      if (message === undefined) drop(id, entry);
      else if (entries.get(id) === entry) {
        entry.bytes = message.bytes.length;
        total += entry.bytes;
        trim(entry);
      }
      return message;
    } catch (error) {
      drop(id, entry);
      throw error;
    }
  }

  return {
    /** What is kept under that name, or what `load` gives; several who ask for it wait for one call. */
    async get(id: string, load: () => Promise<Message | undefined>): Promise<Message | undefined> {
      const known = entries.get(id);
      if (known !== undefined && nowMs() - known.madeMs < KEEP_MS) return known.loading;
      if (known !== undefined) drop(id, known);
      return add(id, load);
    },
    clear(): void {
      entries.clear();
      total = 0;
    },
  };
}
