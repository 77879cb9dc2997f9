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

/**
 * A verified delivery has told where a ref points. What reconciliation compares with must hear of every one, or it
 * takes the move for one that was missed. An empty or zero `after` means that the ref is gone.
 */
export async function noteDeliveredRef(
  db: Db,
  repoId: number,
  { ref, after }: { readonly ref: string; readonly after: string },
): Promise<void> {
  if (!/^refs\/(heads|tags)\//.test(ref)) return;
  if (/^0*$/.test(after)) await removeGitRef(db, repoId, ref);
  else await upsertGitRef(db, { repoId, ref, sha: after });
}

/** Replaces everything that is noted of a repository. */
export async function replaceGitRefs(
  db: Db,
  repoId: number,
  refs: ReadonlyMap<string, string>,
): Promise<void> {
  await db.deleteFrom('git_refs').where('repo_id', '=', repoId).execute();
  const rows = [...refs].map(([ref, sha]) => ({ repo_id: repoId, ref, sha }));
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
    await db
      .insertInto('git_refs')
      .values(rows.slice(at, at + ROWS_PER_INSERT))
      .execute();
  }
}

/** Three parameters each, of which SQLite takes 32,766. */
const ROWS_PER_INSERT = 1_000;

/** Moves the note of a ref from one commit (empty: unknown) to another; false when somebody else has moved it. */
export async function moveGitRef(
  db: Db,
  repoId: number,
  { ref, from, to }: { readonly ref: string; readonly from: string; readonly to: string },
): Promise<boolean> {
  if (from === '') {
    const inserted = await db
      .insertInto('git_refs')
      .values({ repo_id: repoId, ref, sha: to })
      .onConflict((conflict) => conflict.columns(['repo_id', 'ref']).doNothing())
      .executeTakeFirst();
    return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }
  const updated = await db
    .updateTable('git_refs')
    .set({ sha: to })
    .where('repo_id', '=', repoId)
    .where('ref', '=', ref)
    .where('sha', '=', from)
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

/** Whether a push or tag of this commit has made a build for the ref. */
export async function isRefBuilt(
  db: Db,
  repoId: number,
  { ref, sha }: { readonly ref: string; readonly sha: string },
): Promise<boolean> {
  const row = await db
    .selectFrom('builds')
    .select('id')
    .where('repo_id', '=', repoId)
    .where('ref', '=', ref)
    .where('after', '=', sha)
    .where('event', 'in', ['push', 'tag'])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
