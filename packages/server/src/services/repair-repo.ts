import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { updateRepo } from '../store/repos.ts';
import { findUserById } from '../store/users.ts';
import { type EnableRepoDeps, repoGone } from './enable-repo.ts';
import type { ForgeRepo } from './forge.ts';
import { ensureRepoKeys } from './repo-keys.ts';

/**
 * Reads a repository from its Git service again, with the credentials of its owner, and installs the webhook anew
 * (api-v1.md 3.3). Throws `owner-missing`, `not-found` when the service or this server no longer has it.
 */
export async function repairRepo(deps: EnableRepoDeps, repo: Repo): Promise<Repo> {
  const owner = repo.userId === 0 ? undefined : await findUserById(deps.db, repo.userId);
  if (owner === undefined) {
    throw new AppError('owner-missing', 'The repository has no owner whose credentials could be used.', {
      hint: `Take it over with POST /api/repos/${repo.slug}/chown, then repair it again.`,
    });
  }
  const forge = deps.forgeOf(repo.connectionId);
  const found = await forge.findRepo(owner, repo.slug);
  if (found === undefined) {
    throw new AppError('not-found', 'Not Found', {
      hint: `The Git service does not show ${repo.slug} to its owner ${owner.login}.`,
    });
  }
  await ensureRepoKeys(deps, repo.id);
  const repaired = await updateRepo(deps.db, repo.id, factsOf(found));
  if (repaired === undefined) throw repoGone();
  await forge.installHook(owner, repaired);
  return repaired;
}

/** What only the Git service knows; an empty link leaves the one that is known. */
export function factsOf(found: ForgeRepo) {
  return {
    defaultBranch: found.defaultBranch,
    httpUrl: found.httpUrl,
    sshUrl: found.sshUrl,
    isPrivate: found.isPrivate,
    ...(found.link === '' ? {} : { link: found.link }),
  };
}
