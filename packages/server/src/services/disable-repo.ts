import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { type Db, inTransaction } from '../store/db.ts';
import { updateRepo } from '../store/repos.ts';
import { repoGone } from './enable-repo.ts';
import type { ForgeOf } from './forge.ts';
import { insertRepoIntent } from './repo-intents.ts';

export interface DisableRepoDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
  /** Tells the log of what went wrong without stopping the request. */
  readonly reportFailure: (message: string, error: unknown) => void;
}

/**
 * Deactivates a repository and keeps everything it has (api-v1.md 3.3). The webhook is taken away where the Git
 * service lets us; where not, its deliveries are ignored. Throws `not-found` when the repository is gone.
 */
export async function disableRepo(
  deps: DisableRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<Repo> {
  const now = deps.now();
  const disabled = await inTransaction(deps.db, async (tx) => {
    const changed = await updateRepo(tx, repo.id, { isActive: false });
    if (changed === undefined) throw repoGone();
    await insertRepoIntent(tx, { action: 'disabled', repo: changed, user, now });
    return changed;
  });
  await removeHook(deps, { repo: disabled, user });
  return disabled;
}

/** Best effort (ledger 29): a Git service that cannot be asked keeps nobody from turning builds off. */
export async function removeHook(
  deps: Pick<DisableRepoDeps, 'forgeOf' | 'reportFailure'>,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<void> {
  try {
    await deps.forgeOf(repo.connectionId).removeHook(user, repo);
  } catch (error) {
    deps.reportFailure(`the webhook of ${repo.slug} could not be removed`, error);
  }
}
