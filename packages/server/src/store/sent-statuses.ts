import type { Db } from './db.ts';

/** The last status that a Git service has taken for a commit. */
export interface SentStatus {
  readonly repoId: number;
  readonly sha: string;
  readonly label: string;
  /** State and text. */
  readonly state: string;
  readonly buildId: number;
  /** Unix seconds. */
  readonly updated: number;
}

export async function listSentStatuses(
  db: Db,
  { repoId, sha }: Pick<SentStatus, 'repoId' | 'sha'>,
): Promise<readonly SentStatus[]> {
  const rows = await db
    .selectFrom('sent_statuses')
    .selectAll()
    .where('repo_id', '=', repoId)
    .where('sha', '=', sha)
    .execute();
  return rows.map(({ label, state, updated, build_id: buildId }) => ({
    ...{ repoId, sha, label, state, buildId, updated },
  }));
}

/** Notes what was sent, in place of what was noted for the label before. */
export async function noteSentStatus(db: Db, status: SentStatus): Promise<void> {
  const { state, buildId: build_id, updated } = status;
  await db
    .insertInto('sent_statuses')
    .values(toRow(status))
    .onConflict((conflict) =>
      conflict.columns(['repo_id', 'sha', 'label']).doUpdateSet({ state, build_id, updated }),
    )
    .execute();
}

/** Notes what is about to be sent. False when the label has been noted before: then it must not be sent again. */
export async function claimSentStatus(db: Db, status: SentStatus): Promise<boolean> {
  const result = await db
    .insertInto('sent_statuses')
    .values(toRow(status))
    .onConflict((conflict) => conflict.columns(['repo_id', 'sha', 'label']).doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** It was not sent after all. */
export async function releaseSentStatus(
  db: Db,
  { repoId, sha, label }: Pick<SentStatus, 'repoId' | 'sha' | 'label'>,
): Promise<void> {
  await db
    .deleteFrom('sent_statuses')
    .where('repo_id', '=', repoId)
    .where('sha', '=', sha)
    .where('label', '=', label)
    .execute();
}

/** Forgets statuses older than `updated`, in unix seconds. */
export async function removeSentStatusesBefore(db: Db, updated: number): Promise<void> {
  await db.deleteFrom('sent_statuses').where('updated', '<', updated).execute();
}

function toRow({ repoId, sha, label, state, buildId, updated }: SentStatus) {
  return { repo_id: repoId, sha, label, state, build_id: buildId, updated };
}
