import type { Lease } from '@sortie/core/runner';
import { isDone } from '@sortie/core/status';
import type { Signal } from '../events/signal.ts';
import type { Db } from '../store/db.ts';
import { findStageOfLease } from '../store/leases.ts';

export interface WatchCancelDeps {
  readonly db: Db;
  /** Fires after every cancel and every ended lease of this server. */
  readonly stops: Signal;
  readonly pollMs: number | undefined;
}

/** After a failed look: long enough for a database to come back, short enough for a cancel to be felt. */
const RETRY_MS = 5_000;

/** Resolves when the stage has been cancelled, when its lease has ended, or when `signal` aborts. Never rejects. */
export async function watchCancel(deps: WatchCancelDeps, lease: Lease, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const since = deps.stops.version;
    const state = await look(deps.db, lease);
    if (state === 'ended') return;
    const timeoutMs = state === 'unknown' ? RETRY_MS : deps.pollMs;
    await deps.stops.wait({ since, timeoutMs, signal });
  }
}

async function look(db: Db, lease: Lease): Promise<'held' | 'ended' | 'unknown'> {
  try {
    const stage = await findStageOfLease(db, lease);
    const isHeld = stage !== undefined && stage.leaseRunner !== '' && !isDone(stage.status);
    return isHeld ? 'held' : 'ended';
  } catch (error) {
    // A database that does not answer is no cancel; the heartbeat of the same runner reports the failure.
    if (error instanceof Error) return 'unknown';
    throw error;
  }
}
