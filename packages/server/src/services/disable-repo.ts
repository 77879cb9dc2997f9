import type { Repo } from '@sortie/core/repo';
import { inTransaction } from '../store/db.ts';
import { updateRepo } from '../store/repos.ts';
import { type InstallHookDeps, type RepoAndUser, removeHook } from './install-hook.ts';
import { insertRepoIntent } from './repo-intents.ts';
import { inRepoTurn, repoGone } from './repo-turn.ts';

export type DisableRepoDeps = InstallHookDeps;

export interface DisabledRepo {
  readonly repo: Repo;
  /** False when the webhook may still be at the Git service; health says why. */
  readonly isHookRemoved: boolean;
}

/**
 * Deactivates a repository and keeps everything it has (api-v1.md 3.3). The webhook is taken away where the Git
 * service lets us; where not, its deliveries are ignored. Throws `not-found` when the repository is gone,
 * `conflict` while somebody else switches it on or off.
 */
export async function disableRepo(
  deps: DisableRepoDeps,
  { repo: asked, user }: RepoAndUser,
): Promise<DisabledRepo> {
  return inRepoTurn(deps, asked, async ({ id }) => {
    const repo = await inTransaction(deps.db, async (tx) => {
      const changed = await updateRepo(tx, id, { isActive: false });
      if (changed === undefined) throw repoGone();
      await insertRepoIntent(tx, { action: 'disabled', repo: changed, user, now: deps.now() });
      return changed;
    });
    return { repo, isHookRemoved: await removeHook(deps, { repo, user }) };
  });
}
