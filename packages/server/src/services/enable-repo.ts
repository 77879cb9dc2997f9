import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { Sealer } from '../seal/sealer.ts';
import { inTransaction } from '../store/db.ts';
import { beginHealth } from '../store/repo-health.ts';
import { updateRepo } from '../store/repos.ts';
import {
  type InstallHookDeps,
  installHook,
  proveHook,
  type RepoAndUser,
  removeHook,
  requireInstallable,
} from './install-hook.ts';
import { insertRepoIntent } from './repo-intents.ts';
import { ensureRepoKeys } from './repo-keys.ts';

export interface EnableRepoDeps extends InstallHookDeps {
  readonly sealer: Sealer;
}

export const DEFAULT_CONFIG_PATH = '.drone.yml';
const DEFAULT_TIMEOUT_MINUTES = 60;

/**
 * Activates a repository and makes the account its owner (api-v1.md 3.3); once more does the same again and keeps
 * the keys. Throws what the Git service says of the webhook, `machine-owner`, `clone-account-missing`, `not-found` when
 * the repository is gone; then it is as it was before.
 */
export async function enableRepo(deps: EnableRepoDeps, { repo, user }: RepoAndUser): Promise<Repo> {
  requireInstallable(deps, { repo, user });
  await ensureRepoKeys(deps, repo.id);
  const hook = await installHook(deps, { repo, user }, () =>
    deps.forgeOf(repo.connectionId).installHook(user, repo),
  );
  const enabled = await activate(deps, { repo, user });
  await proveHook(deps, { repo: enabled, user }, { hook, isNew: !repo.isActive });
  return enabled;
}

async function activate(deps: EnableRepoDeps, { repo, user }: RepoAndUser): Promise<Repo> {
  const now = deps.now();
  try {
    return await inTransaction(deps.db, async (tx) => {
      const enabled = await updateRepo(tx, repo.id, {
        isActive: true,
        userId: user.id,
        configPath: repo.configPath || DEFAULT_CONFIG_PATH,
        timeoutMinutes: repo.timeoutMinutes || DEFAULT_TIMEOUT_MINUTES,
      });
      if (enabled === undefined) throw repoGone();
      if (!repo.isActive) await beginHealth(tx, repo.id);
      await insertRepoIntent(tx, { action: 'enabled', repo: enabled, user, now });
      return enabled;
    });
  } catch (error) {
    // Nobody would know of the hook, or take it away again.
    if (!repo.isActive) await removeHook(deps, { repo, user });
    throw error;
  }
}

/** The repository was there when the request began. */
export function repoGone(): AppError {
  return new AppError('not-found', 'Not Found', { hint: 'The repository has been removed meanwhile.' });
}
