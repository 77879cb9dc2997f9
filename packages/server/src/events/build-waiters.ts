import type { Db } from '../store/db.ts';
import { lastSeq } from '../store/events.ts';
import type { EventHub } from './hub.ts';
import { createSignal, type Signal } from './signal.ts';

/** Lets many requests wait for changes of builds with one reader of the event log, and loads each change once. */
export interface BuildWaiters<View> {
  /**
   * Resolves with the build as soon as `isReached` says so, when `timeoutMs` is over or when `signal` aborts. All who
   * wait for the same build are given the same view. Rejects when the database fails.
   */
  wait(buildId: number, options: WaitOptions<View>): Promise<WaitResult<View>>;
}

export interface WaitOptions<View> {
  readonly isReached: (view: View) => boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface WaitResult<View> {
  /** `undefined` when the build has been removed. */
  readonly view: View | undefined;
  readonly isReached: boolean;
}

export interface BuildWaitersDeps<View> {
  readonly db: Db;
  readonly events: Pick<EventHub, 'subscribe'>;
  /** `undefined` when the build has been removed. */
  readonly load: (buildId: number) => Promise<View | undefined>;
}

/** Those who wait for one build. */
interface Watch<View> {
  readonly changed: Signal;
  waiting: number;
  /** What was loaded after the firing of this number. */
  seen?: { readonly version: number; readonly loading: Promise<View | undefined> };
}

/** The reader of the event log; it runs while anybody waits. */
interface Reader {
  /** Resolves when every later event will be seen. */
  readonly isPlaced: Promise<unknown>;
  readonly stop: AbortController;
  /** Why it has ended before it was told to. */
  failure?: unknown;
}

export function createBuildWaiters<View>(deps: BuildWaitersDeps<View>): BuildWaiters<View> {
  const watches = new Map<number, Watch<View>>();
  let reader: Reader | undefined;

  function startReader(): Reader {
    const position = lastSeq(deps.db);
    const started: Reader = { isPlaced: position, stop: new AbortController() };
    void read(started, position);
    return started;
  }

  /** A failure is told to all who wait; whoever comes later starts another reader. */
  async function read(own: Reader, position: Promise<number>): Promise<void> {
    const { signal } = own.stop;
    try {
      const changes = deps.events.subscribe({ afterSeq: await position, isNewestEnough: true, signal });
      for await (const { buildId } of changes) watches.get(buildId)?.changed.fire();
    } catch (error) {
      own.failure = error;
      if (reader === own) reader = undefined;
      for (const { changed } of watches.values()) changed.fire();
    }
  }

  function enter(buildId: number): Watch<View> {
    const watch = watches.get(buildId) ?? { changed: createSignal(), waiting: 0 };
    watch.waiting += 1;
    watches.set(buildId, watch);
    return watch;
  }

  function leave(buildId: number, watch: Watch<View>): void {
    watch.waiting -= 1;
    if (watch.waiting === 0) watches.delete(buildId);
    if (watches.size > 0) return;
    reader?.stop.abort();
    reader = undefined;
  }

  function look(buildId: number, watch: Watch<View>): Promise<View | undefined> {
    const { version } = watch.changed;
    if (watch.seen?.version === version) return watch.seen.loading;
    const loading = deps.load(buildId);
    watch.seen = { version, loading };
    loading.catch(() => {
      watch.seen = undefined;
    });
    return loading;
  }

  return {
    async wait(buildId, { isReached, timeoutMs, signal }) {
      const deadline = performance.now() + timeoutMs;
      const watch = enter(buildId);
      try {
        for (;;) {
          reader ??= startReader();
          const own = reader;
          await own.isPlaced;
          const since = watch.changed.version;
          const view = await look(buildId, watch);
          if (view === undefined || isReached(view)) return { view, isReached: true };
          const leftMs = deadline - performance.now();
          if (leftMs <= 0 || signal.aborted) return { view, isReached: false };
          await watch.changed.wait({ since, timeoutMs: leftMs, signal });
          if (own.failure !== undefined) throw own.failure;
        }
      } finally {
        leave(buildId, watch);
      }
    },
  };
}
