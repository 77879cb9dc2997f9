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
import { inRepoTurn, repoGone } from './repo-turn.ts';

export interface EnableRepoDeps extends InstallHookDeps {
  readonly sealer: Sealer;
}

export const DEFAULT_CONFIG_PATH = '.drone.yml';
const DEFAULT_TIMEOUT_MINUTES = 60;

/**
 * Activates a repository and makes the account its owner (api-v1.md 3.3); once more does the same again and keeps
 * the keys. Throws what the Git service says of the webhook, `machine-owner`, `clone-account-missing`, `not-found` when
 * the repository is gone, `conflict` while somebody else switches it on or off; then it is as it was before.
 */
export async function enableRepo(deps: EnableRepoDeps, { repo: asked, user }: RepoAndUser): Promise<Repo> {
  requireInstallable(deps, { repo: asked, user });
  await ensureRepoKeys(deps, asked.id);
  const { enabled, hook, isNew } = await inRepoTurn(deps, asked, async (repo) => {
    const made = await installHook(deps, { repo, user }, () =>
      deps.forgeOf(repo.connectionId).installHook(user, repo),
    );
    return { enabled: await activate(deps, { repo, user }), hook: made, isNew: !repo.isActive };
  });
  await proveHook(deps, { repo: enabled, user }, { hook, isNew });
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
