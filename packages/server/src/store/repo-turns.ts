import type { Db } from './db.ts';

/** Until when somebody has the turn to switch a repository on or off; unix seconds. No two turns of one have the same. */
export interface RepoTurn {
  readonly repoId: number;
  readonly until: number;
}

/** Takes the turn; false while somebody else has it, and when the repository is gone. `now` is unix seconds. */
export async function claimRepoTurn(db: Db, { repoId, until }: RepoTurn, now: number): Promise<boolean> {
  const result = await db
    .updateTable('repos')
    .set({ turn_until: until })
    .where('id', '=', repoId)
    .where('turn_until', '<=', now)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Keeps the turn for longer; false when it was lost. */
export async function renewRepoTurn(db: Db, turn: RepoTurn, until: number): Promise<boolean> {
  const result = await db
    .updateTable('repos')
    .set({ turn_until: until })
    .where('id', '=', turn.repoId)
    .where('turn_until', '=', turn.until)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Gives the turn back, unless it was lost to somebody else. */
export async function endRepoTurn(db: Db, turn: RepoTurn): Promise<void> {
  await renewRepoTurn(db, turn, 0);
}
