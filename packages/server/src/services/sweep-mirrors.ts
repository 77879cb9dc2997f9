import type { Mirrors } from '@sortie/githost/mirror';
import type { Db } from '../store/db.ts';
import { findRepoById } from '../store/repos.ts';

export interface SweepMirrorsDeps {
  readonly db: Db;
  readonly mirrors: Pick<Mirrors, 'list' | 'remove'>;
  /** For all of them together. */
  readonly maxBytes: number;
}

/** Removes the mirrors of repositories that build no more, then those not used for longest until the rest fits. */
export async function sweepMirrors({ db, mirrors, maxBytes }: SweepMirrorsDeps): Promise<number> {
  let sizeBytes = 0;
  let removed = 0;
  for (const mirror of await mirrors.list()) {
    const repo = await findRepoById(db, mirror.id);
    const isNeeded = repo?.isActive === true && sizeBytes + mirror.sizeBytes <= maxBytes;
    if (isNeeded) {
      sizeBytes += mirror.sizeBytes;
      continue;
    }
    await mirrors.remove(mirror.id);
    removed += 1;
  }
  return removed;
}
