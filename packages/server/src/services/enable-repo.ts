import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Sealer } from '../seal/sealer.ts';
import { type Db, inTransaction } from '../store/db.ts';
import { updateRepo } from '../store/repos.ts';
import type { ForgeOf } from './forge.ts';
import { insertRepoIntent } from './repo-intents.ts';
import { ensureRepoKeys } from './repo-keys.ts';

export interface EnableRepoDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
}

export const DEFAULT_CONFIG_PATH = '.drone.yml';
const DEFAULT_TIMEOUT_MINUTES = 60;

/**
 * Activates a repository and makes the account its owner (api-v1.md 3.3); once more does the same again and keeps
 * the keys. Throws what the Git service says of the webhook, `not-found` when the repository is gone.
 */
export async function enableRepo(
  deps: EnableRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<Repo> {
  await ensureRepoKeys(deps, repo.id);
  await deps.forgeOf(repo.connectionId).installHook(user, repo);
  const now = deps.now();
  return inTransaction(deps.db, async (tx) => {
    const enabled = await updateRepo(tx, repo.id, {
      isActive: true,
      userId: user.id,
      configPath: repo.configPath || DEFAULT_CONFIG_PATH,
      timeoutMinutes: repo.timeoutMinutes || DEFAULT_TIMEOUT_MINUTES,
    });
    if (enabled === undefined) throw repoGone();
    await insertRepoIntent(tx, { action: 'enabled', repo: enabled, user, now });
    return enabled;
  });
}

/** The repository was there when the request began. */
export function repoGone(): AppError {
  return new AppError('not-found', 'Not Found', { hint: 'The repository has been removed meanwhile.' });
}
