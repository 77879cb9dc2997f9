import type { Db } from '../store/db.ts';
import { noteDelivery } from '../store/repo-health.ts';

/** Notes that genuine webhooks arrive. */
export interface HookArrivals {
  /** Writes once in a second for each repository at most. */
  note(repoId: number): Promise<void>;
}

const MAX_REPOS = 10_000;

/** `now` is unix seconds. */
export function createHookArrivals(db: Db, now: () => number): HookArrivals {
  const noted = new Map<number, number>();
  return {
    async note(repoId) {
      const second = now();
      if (noted.get(repoId) === second) return;
      if (noted.size >= MAX_REPOS) noted.clear();
      noted.set(repoId, second);
      await noteDelivery(db, repoId, second);
    },
  };
}
