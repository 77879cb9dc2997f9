import type { LogStore } from '../logs/log-store.ts';
import { listBuildsEndedBefore, removeBuilds } from '../store/build-removal.ts';
import { type Db, inTransaction } from '../store/db.ts';

export interface RemoveOldBuildsDeps {
  readonly db: Db;
  readonly logs: Pick<LogStore, 'remove'>;
  /** Ends the work between two passes; what is left goes the next time. */
  readonly signal: AbortSignal;
}

/** One transaction removes this many: the next request never waits long for it. */
const BUILDS_PER_PASS = 50;

/**
 * Removes what ended before `before`, unix seconds: builds with their stages, steps and logs (W40). The newest build of
 * each repository stays, since badges and listings show it, and so does everything that a runner still works for.
 * Returns how many builds went.
 */
export async function removeOldBuilds(deps: RemoveOldBuildsDeps, before: number): Promise<number> {
  const { db, logs, signal } = deps;
  let removed = 0;
  while (!signal.aborted) {
    const page = await listBuildsEndedBefore(db, before, BUILDS_PER_PASS);
    if (page.length === 0) break;
    // Files before rows: after a crash the rows are still there to find the rest by.
    for (const { id, repoId } of page) await logs.remove(`${repoId}/${id}`);
    removed += await inTransaction(db, async (tx) => {
      // One may have been restarted meanwhile.
      const old = new Set((await listBuildsEndedBefore(tx, before, BUILDS_PER_PASS)).map(({ id }) => id));
      const ids = page.map(({ id }) => id).filter((id) => old.has(id));
      await removeBuilds(tx, ids);
      return ids.length;
    });
  }
  return removed;
}
