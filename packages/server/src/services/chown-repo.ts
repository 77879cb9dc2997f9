import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { findIdentityOfUser } from '../store/identities.ts';
import { type ChangeRepoDeps, changeRepo } from './change-repo.ts';
import type { ForgeOf } from './forge.ts';

export interface ChownRepoDeps extends ChangeRepoDeps {
  readonly forgeOf: ForgeOf;
}

/**
 * Makes an account the owner, whose token builds use (scm.md 5.4). Its rights have been checked by the access rule. Throws
 * `machine-owner`, `service-token` for an account without a token that works, `not-found` when the repository is gone.
 */
export async function chownRepo(
  deps: ChownRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<Repo> {
  await requireToken(deps, { repo, user });
  return changeRepo(deps, { repo, patch: { userId: user.id } });
}

/** Repositories of the built-in host need no token, so machines may own them. */
async function requireToken(
  { db, forgeOf }: ChownRepoDeps,
  { repo, user }: { readonly repo: Repo; readonly user: User },
): Promise<void> {
  const { webhooks } = forgeOf(repo.connectionId);
  if (webhooks === undefined) return;
  const { title } = webhooks;
  if (user.isMachine) {
    throw new AppError('machine-owner', `${user.login} is a machine account and has no token for ${title}.`, {
      hint: `Let a person who administers ${repo.slug} at ${title} take it over.`,
    });
  }
  const identity = await findIdentityOfUser(db, user.id, repo.connectionId);
  if (identity !== undefined && identity.accessSealed !== '' && !identity.isInvalid) return;
  throw new AppError(
    'service-token',
    `${user.login} has no token that ${title} accepts, so builds of ${repo.slug} could not use it.`,
    { hint: `Sign in with ${title}, then take the repository over.` },
  );
}
