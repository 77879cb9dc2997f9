import type { Signal } from '../events/signal.ts';

export interface CronTimerDeps {
  /** Starts what is due. */
  readonly look: () => Promise<void>;
  /** When the next job is due, in unix seconds; `undefined` when there is none. */
  readonly findNextDue: () => Promise<number | undefined>;
  /** Fired when jobs have changed. */
  readonly changed: Signal;
  readonly nowMs: () => number;
  /** The longest time between two looks: other servers may have changed jobs. */
  readonly intervalMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** Between two looks lies at least this, or the interval if that is shorter: nothing is built every second. */
const LEAST_GAP_MS = 60_000;
/** Longer waits are cut: timers count their milliseconds in 31 bits. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** Milliseconds until jobs are to be looked for; 0 means now. All times are milliseconds. */
export function untilNextLook(times: {
  readonly now: number;
  /** When the last look began; `undefined` before the first one. */
  readonly last: number | undefined;
  /** When the next job is due; `undefined` when there is none. */
  readonly due: number | undefined;
  readonly interval: number;
}): number {
  const { now, due = Number.POSITIVE_INFINITY, interval } = times;
  const last = times.last ?? Number.NEGATIVE_INFINITY;
  const latest = times.last === undefined ? Number.POSITIVE_INFINITY : last + interval;
  const wanted = Math.min(Math.max(due, last + Math.min(LEAST_GAP_MS, interval)), latest);
  return Math.min(Math.max(Math.ceil(wanted - now), 0), interval, LONGEST_WAIT_MS);
}

/**
 * Looks for due cron jobs when the first of them is due, and at least once in every interval. The returned function
 * stops it and resolves when a look that is under way has ended.
 */
export function startCronTimer(deps: CronTimerDeps): () => Promise<void> {
  const closing = new AbortController();
  const running = run(deps, closing.signal);
  return async () => {
    closing.abort();
    await running;
  };
}

async function run(deps: CronTimerDeps, signal: AbortSignal): Promise<void> {
  const { changed } = deps;
  let last: number | undefined;
  while (!signal.aborted) {
    const since = changed.version;
    const due = await nextDueMs(deps);
    const now = deps.nowMs();
    const timeoutMs = untilNextLook({ now, last, due, interval: deps.intervalMs });
    if (timeoutMs > 0) {
      // Timers may be early, and jobs may have changed: whatever ended the wait, plan anew.
      await changed.wait({ since, timeoutMs, signal });
      continue;
    }
    last = now;
    await deps.look().catch(deps.onFailure);
  }
}

async function nextDueMs({ findNextDue, onFailure }: CronTimerDeps): Promise<number | undefined> {
  try {
    const due = await findNextDue();
    return due === undefined ? undefined : due * 1000;
  } catch (error) {
    onFailure(error);
    // Nobody knows: look as soon as the gap allows.
    return 0;
  }
}
