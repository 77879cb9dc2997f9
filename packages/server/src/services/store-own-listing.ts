import { type Db, inTransaction } from '../store/db.ts';
import { findReposByUids } from '../store/repo-lookups.ts';
import { updateRepo } from '../store/repos.ts';
import { cut } from './listing-portions.ts';
import { addressPatch } from './repo-facts.ts';
import type { Listing } from './store-listing.ts';

/** For the built-in host, whose rows are the truth: only what has changed of repositories that are there. */
export async function storeOwnListing(
  db: Db,
  { connectionId, found, now }: Listing,
  pause: () => Promise<unknown>,
): Promise<void> {
  for (const portion of cut(found)) {
    await inTransaction(db, async (tx) => {
      const uids = portion.map(({ uid }) => uid);
      const known = await findReposByUids(tx, connectionId, uids);
      for (const one of portion) {
        const repo = known.get(one.uid);
        const patch = repo === undefined ? {} : addressPatch(repo, one);
        if (repo !== undefined && Object.keys(patch).length > 0)
          await updateRepo(tx, repo.id, { ...patch, synced: now() });
      }
    });
    await pause();
  }
}
