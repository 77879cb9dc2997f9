import type { Db } from '../store/db.ts';
import { readMeta, removeMeta, writeMeta } from '../store/meta.ts';
import { readPauses } from '../store/pauses.ts';

const KEY = 'queue-paused';

/** True while nothing is handed out. Kept in the database, so that it holds for all servers and over restarts. */
export async function isQueuePaused(db: Db): Promise<boolean> {
  return (await readMeta(db, KEY)) !== undefined;
}

/** The first of these runners that may be handed something now; `undefined` when all, or the queue, are paused. */
export async function findUnpaused(db: Db, runners: readonly string[]): Promise<string | undefined> {
  const pauses = await readPauses(db, { key: KEY, runners });
  return pauses.isSet ? undefined : runners.find((name) => !pauses.runners.has(name));
}

/** Running stages go on, builds can still be created. */
export async function pauseQueue(db: Db): Promise<void> {
  await writeMeta(db, KEY, '1');
}

/** The caller wakes the queue afterwards. */
export async function resumeQueue(db: Db): Promise<void> {
  await removeMeta(db, KEY);
}
