import { setImmediate as turn } from 'node:timers/promises';
import type { LogPiece } from '@sortie/core/log';
import type { Clock } from './clock.ts';
import { type LogSink, LogWriter } from './log-writer.ts';
import { MaskIndex } from './mask-index.ts';

/** Time moves when the test says so. */
class ManualClock implements Clock {
  #now = 1_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** The clock of the machine is put forward or back, which no timer notices. */
  jump(ms: number): void {
    this.#now += ms;
    const timers = [...this.#timers].map(({ at, run }) => ({ at: at + ms, run }));
    this.#timers.clear();
    for (const timer of timers) this.#timers.add(timer);
  }

  /** Moves on and lets everything that is due happen. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.run();
    }
    await turn();
  }
}

export interface Harness {
  readonly clock: ManualClock;
  readonly writer: LogWriter;
  readonly pieces: LogPiece[];
  readonly cards: string[];
  readonly failures: unknown[];
  readonly text: () => string;
}

/** A writer whose pieces, cards and failures are kept; the sink's own `write` and `close` may be replaced. */
export function open(
  options: { masks?: readonly string[]; limitBytes?: number; sink?: Partial<LogSink> } = {},
): Harness {
  const clock = new ManualClock();
  const pieces: LogPiece[] = [];
  const cards: string[] = [];
  const failures: unknown[] = [];
  const sink = {
    write: (piece: LogPiece) => void pieces.push({ ...piece, bytes: Buffer.from(piece.bytes) }),
    close: () => undefined,
    ...options.sink,
  };
  const writer = new LogWriter(
    {
      sink,
      clock,
      masks: new MaskIndex(options.masks ?? []),
      onCard: (text) => void cards.push(text),
      onFailure: (error) => void failures.push(error),
    },
    options.limitBytes ?? 1e9,
  );
  const text = (): string => Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
  return { clock, writer, pieces, cards, failures, text };
}
