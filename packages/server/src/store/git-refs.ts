import type { Db } from './db.ts';

/** The refs of a repository as they were last acted upon, by name: what a push is compared with. */
export async function listGitRefs(db: Db, repoId: number): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('git_refs')
    .select(['ref', 'sha'])
    .where('repo_id', '=', repoId)
    .orderBy('ref')
    .execute();
  return new Map(rows.map((row) => [row.ref, row.sha]));
}

/** Notes where a ref points now. */
export async function upsertGitRef(
  db: Db,
  ref: { readonly repoId: number; readonly ref: string; readonly sha: string },
): Promise<void> {
  await db
    .insertInto('git_refs')
    .values({ repo_id: ref.repoId, ref: ref.ref, sha: ref.sha })
    .onConflict((conflict) => conflict.columns(['repo_id', 'ref']).doUpdateSet({ sha: ref.sha }))
    .execute();
}

/** The ref has been deleted. */
export async function removeGitRef(db: Db, repoId: number, ref: string): Promise<void> {
  await db.deleteFrom('git_refs').where('repo_id', '=', repoId).where('ref', '=', ref).execute();
}
