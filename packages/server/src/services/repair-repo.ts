import { AppError } from '@sortie/core/errors';
import { type Repo, slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { findUserById } from '../store/users.ts';
import type { EnableRepoDeps } from './enable-repo.ts';
import type { Forge, ForgeHook, ForgeRepo } from './forge.ts';
import { installHook, proveHook, requireInstallable } from './install-hook.ts';
import { applyRepoFacts } from './repo-facts.ts';
import { findRepoIdentity } from './repo-identity.ts';
import { ensureRepoKeys, rotateRepoSigner } from './repo-keys.ts';
import { inRepoTurn, repoGone } from './repo-turn.ts';
import { isOutage } from './service-outage.ts';

export interface RepairOptions {
  /** The webhook gets a new secret; deliveries with the old one are accepted for ten minutes more. */
  readonly rotates?: boolean;
}

/** How long the secret before a rotation is accepted (scm.md 4.6). */
export const ROTATION_SECONDS = 600;

/**
 * Reads a repository from its Git service again, with the credentials of its owner or of whoever stands in, and installs
 * the webhook anew (api-v1.md 3.3). Throws `owner-missing`, `not-found` when the service or this server no longer has
 * it, what the service says of the webhook, `conflict` while somebody else changes its secret.
 */
export async function repairRepo(
  deps: EnableRepoDeps,
  repo: Repo,
  options: RepairOptions = {},
): Promise<Repo> {
  const { repaired, user, hook } = await inRepoTurn(deps, repo, (found) =>
    repairInTurn(deps, found, options),
  );
  if (repaired.isActive) await proveHook(deps, { repo: repaired, user }, { hook, isNew: false });
  return repaired;
}

async function repairInTurn(deps: EnableRepoDeps, repo: Repo, { rotates = false }: RepairOptions) {
  const user = await requireOwner(deps, repo);
  const forge = deps.forgeOf(repo.connectionId);
  const found = await findSame(forge, user, repo);
  requireInstallable(deps, { repo: { ...repo, isPrivate: found.isPrivate }, user });
  await ensureRepoKeys(deps, repo.id);
  const repaired = await applyRepoFacts(deps.db, repo, found, deps.now());
  if (repaired === undefined) throw repoGone();
  const install = () =>
    rotates ? rotate(deps, forge, { repo: repaired, user }) : forge.installHook(user, repaired);
  const hook = await installHook(deps, { repo: repaired, user }, install);
  return { repaired, user, hook };
}

async function requireOwner({ db }: EnableRepoDeps, repo: Repo): Promise<User> {
  const { userId } = await findRepoIdentity(db, repo);
  const owner = repo.userId === 0 ? undefined : await findUserById(db, userId);
  if (owner !== undefined) return owner;
  throw new AppError('owner-missing', 'The repository has no owner whose credentials could be used.', {
    hint: `Take it over with POST /api/repos/${repo.slug}/chown, then repair it again.`,
  });
}

/** Whatever has the name now need not be what had it before; a repository that was renamed is in the list. */
async function findSame(forge: Forge, user: User, repo: Repo): Promise<ForgeRepo> {
  const found = await forge.findRepo(user, slugAtService(repo));
  if (found?.uid === repo.uid) return found;
  const moved = (await forge.listRepos(user)).find(({ uid }) => uid === repo.uid);
  if (moved !== undefined) return moved;
  if (found === undefined) {
    throw new AppError('not-found', 'Not Found', {
      hint: `The Git service does not show ${repo.slug} to ${user.login}.`,
    });
  }
  throw new AppError('not-found', 'Not Found', {
    hint: `Another repository is called ${repo.slug} at the Git service now; synchronise the account ${user.login}.`,
  });
}

/** Both secrets are accepted before the service hears of the new one. */
async function rotate(
  deps: EnableRepoDeps,
  forge: Forge,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<ForgeHook | undefined> {
  const undo = await rotateRepoSigner(deps, repo.id, deps.now() + ROTATION_SECONDS);
  try {
    return await (forge.webhooks?.rotate(user, repo) ?? forge.installHook(user, repo));
  } catch (error) {
    // Without an answer the service may have taken the new secret: both stay good, and the end of the rotation mends it.
    if (error instanceof AppError && !isOutage(error)) await undo();
    throw error;
  }
}
