import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { LogStore } from '../logs/log-store.ts';
import { inTransaction } from '../store/db.ts';
import { keepLeftNamespace } from '../store/repo-lookups.ts';
import { listOpenBuildIdsOfRepo, removeRepo as removeRow, updateRepo } from '../store/repos.ts';
import { type CancelBuildDeps, cancelBuild } from './cancel-build.ts';
import { type InstallHookDeps, removeHook } from './install-hook.ts';
import { insertRepoIntent } from './repo-intents.ts';
import { inRepoTurn, repoGone } from './repo-turn.ts';

export interface RemoveRepoDeps extends CancelBuildDeps, Omit<InstallHookDeps, 'db' | 'now'> {
  readonly logs: Pick<LogStore, 'remove'>;
  /** Takes away what the built-in Git host keeps of the repository; nothing to do for others. */
  readonly removeGitData: (repo: Repo) => Promise<void>;
}

/**
 * Removes a repository with everything that belongs to it (api-v1.md 3.3, ledger 23): builds are cancelled, then files
 * go, then rows. Where it breaks off the repository is still there, inactive, and can be removed again. Returns it
 * as it was last. Throws `not-found` when it is gone, `conflict` while somebody else switches it on or off.
 */
export function removeRepo(
  deps: RemoveRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<Repo> {
  return inRepoTurn(deps, repo, (found) => removeInTurn(deps, { repo: found, user }));
}

async function removeInTurn(
  deps: RemoveRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<Repo> {
  const stopped = await updateRepo(deps.db, repo.id, { isActive: false });
  if (stopped === undefined) throw repoGone();
  for (const id of await listOpenBuildIdsOfRepo(deps.db, repo.id)) await cancelBuild(deps, id);
  await removeHook(deps, { repo: stopped, user });
  await removeFiles(deps, stopped);
  const now = deps.now();
  await inTransaction(deps.db, async (tx) => {
    await keepLeftNamespace(tx, stopped.namespace);
    if (!(await removeRow(tx, repo.id))) throw repoGone();
    await insertRepoIntent(tx, { action: 'deleted', repo: stopped, user, now });
  });
  // Runners that hold a stage of it find that they no longer do.
  deps.queue.stop();
  // A push or a runner may have written until the row was gone.
  await removeFiles(deps, stopped);
  return stopped;
}

async function removeFiles(deps: RemoveRepoDeps, repo: Repo): Promise<void> {
  await deps.logs.remove(String(repo.id));
  await deps.removeGitData(repo);
}
