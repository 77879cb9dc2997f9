import type { RunnerLog } from '../stage-run.ts';
import type { Transport } from './transport.ts';

export interface WatchBuildDeps {
  readonly transport: Transport;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly nowMs: () => number;
  readonly log: RunnerLog;
}

/** Servers hold a watch for up to a minute. */
const WATCH_MS = 120_000;
const QUICK_MS = 1000;
const MAX_WAIT_MS = 10_000;
/** So many answers in a row that were not held look like a server that holds none. */
const MAX_QUICK = 3;

/**
 * True as soon as the server says that the build is over, false when `signal` aborts. A watch that ended is opened
 * again at once, one that failed after a while, and never is the last: a runner that stops watching cannot be stopped.
 */
export async function watchBuild(
  deps: WatchBuildDeps,
  buildId: number,
  signal: AbortSignal,
): Promise<boolean> {
  let setbacks = 0;
  while (!signal.aborted) {
    const begunMs = deps.nowMs();
    const status = await watchOnce(deps, buildId, signal);
    if (status >= 200 && status < 300 && status !== 204) return true;
    const isFine = status === 204 && deps.nowMs() - begunMs >= QUICK_MS;
    setbacks = isFine ? 0 : setbacks + 1;
    if (isFine || (status === 204 && setbacks < MAX_QUICK)) continue;
    const waitMs = Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(setbacks, 10)) * (0.5 + deps.random() / 2);
    await deps.sleep(waitMs, signal).catch(() => undefined);
  }
  return false;
}

/** The status of the answer, 0 without one. */
async function watchOnce(deps: WatchBuildDeps, buildId: number, signal: AbortSignal): Promise<number> {
  try {
    const path = `/build/${buildId}/watch`;
    const request = { method: 'POST', path, timeoutMs: WATCH_MS } as const;
    const { status } = await deps.transport.send({ ...request, signal });
    if (status >= 300) deps.log.warn({ buildId, status }, 'a build cannot be watched');
    return status;
  } catch (err) {
    if (!signal.aborted) deps.log.warn({ buildId, err }, 'the watch over a build broke off');
    return 0;
  }
}
