import type { ApprovalReason } from '@sortie/core/approval';
import { toApproval } from './build-rows.ts';
import type { Db, Tx } from './db.ts';

/** Exactly one change of a pull request, with exactly the pipelines that would run of it. */
export interface ApprovedChange {
  readonly repoId: number;
  /** Number of the pull request; 0 where nobody knows it. */
  readonly pull: number;
  readonly headSha: string;
  readonly configHash: string;
}

/** Notes that somebody has approved the change. The first approval stays. */
export async function insertApproval(
  tx: Tx,
  { repoId, pull, headSha, configHash }: ApprovedChange,
  by: { readonly userId: number; readonly now: number },
): Promise<void> {
  await tx
    .insertInto('approvals')
    .values({
      repo_id: repoId,
      pull,
      head_sha: headSha,
      config_hash: configHash,
      user_id: by.userId,
      created: by.now,
    })
    .onConflict((conflict) => conflict.columns(['repo_id', 'pull', 'head_sha', 'config_hash']).doNothing())
    .execute();
}

export async function isApprovedChange(
  db: Db,
  { repoId, pull, headSha, configHash }: ApprovedChange,
): Promise<boolean> {
  const row = await db
    .selectFrom('approvals')
    .select('id')
    .where('repo_id', '=', repoId)
    .where('pull', '=', pull)
    .where('head_sha', '=', headSha)
    .where('config_hash', '=', configHash)
    .executeTakeFirst();
  return row !== undefined;
}

/** Why the stages of a build had to wait for a person when it began. */
export async function findApprovalReason(db: Db, buildId: number): Promise<ApprovalReason | undefined> {
  const row = await db.selectFrom('builds').select('approval').where('id', '=', buildId).executeTakeFirst();
  return row && toApproval(row.approval);
}
