import type { BuildChanged } from '@sortie/core/event';
import type { Db } from '../store/db.ts';
import { lastSeq, listEventsAfter } from '../store/events.ts';
import { createSignal } from './signal.ts';

/** Tells readers that the event log has grown. The log is the truth; losing a hint only costs time. */
export interface EventHub {
  /** To be called after a commit that appended events. */
  publish(): void;
  /**
   * Every event after `afterSeq` (the present end of the log when absent) that `filter` lets pass, in order, until
   * `signal` aborts. A reader is a position in the log: however slow it is, nothing is kept for it.
   */
  subscribe(options: {
    readonly afterSeq?: number;
    readonly filter?: (event: BuildChanged) => boolean;
    /** Of several events about one build that are read together only the last: for readers of its present state. */
    readonly isNewestEnough?: boolean;
    readonly signal: AbortSignal;
  }): AsyncIterable<BuildChanged>;
}

export interface EventHubOptions {
  readonly db: Db;
  /** How often to look without a hint: what other servers wrote. Absent: never. */
  readonly pollMs?: number;
}

const EVENTS_PER_READ = 100;

export function createEventHub({ db, pollMs }: EventHubOptions): EventHub {
  const grown = createSignal();
  return {
    publish: () => grown.fire(),
    async *subscribe({ afterSeq, filter, isNewestEnough = false, signal }) {
      let seq = afterSeq ?? (await lastSeq(db));
      while (!signal.aborted) {
        const since = grown.version;
        const events = await listEventsAfter(db, seq, EVENTS_PER_READ);
        const newest = new Map(events.map((event) => [event.buildId, event.seq]));
        for (const event of events) {
          seq = event.seq;
          if (isNewestEnough && newest.get(event.buildId) !== seq) continue;
          if (filter?.(event) === false) continue;
          yield event;
          if (signal.aborted) return;
        }
        if (events.length === 0) await grown.wait({ since, timeoutMs: pollMs, signal });
      }
    },
  };
}
