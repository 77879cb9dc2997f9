import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Tx } from '../store/db.ts';
import { insertIntent } from '../store/outbox.ts';

export interface RepoIntent {
  readonly action: 'enabled' | 'disabled' | 'deleted';
  readonly repo: Repo;
  /** Who did it. */
  readonly user: Pick<User, 'id'>;
  /** Unix seconds. */
  readonly now: number;
}

/** Repositories that another one has taken the name of were switched off; nobody but their owners stands for it. */
export async function tellOfRetired(tx: Tx, retired: readonly Repo[], now: number): Promise<void> {
  for (const repo of retired) {
    await insertRepoIntent(tx, { action: 'disabled', repo, user: { id: repo.userId }, now });
  }
}

/** Subscribers of `repo:*` are to be told. The whole repository goes with it: after a removal it cannot be read. */
export async function insertRepoIntent(tx: Tx, { action, repo, user, now }: RepoIntent): Promise<void> {
  await insertIntent(tx, {
    kind: 'webhook',
    subject: `repo:${repo.id}`,
    payload: { event: 'repo', action, repoId: repo.id, userId: user.id, repo },
    now,
  });
}
