import type { Db } from './db.ts';

/**
 * Commits that were built for a ref, newest first. Builds that ended before there was a pipeline file do not count: the
 * Git service did not answer, and the event may come again.
 */
export async function listBuiltCommits(
  db: Db,
  repoId: number,
  ref: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('builds')
    .select('after')
    .where('repo_id', '=', repoId)
    .where('ref', '=', ref)
    .where('after', '<>', '')
    .where((eb) => eb.or([eb('status', '<>', 'error'), eb('config', '<>', '')]))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.after);
}
