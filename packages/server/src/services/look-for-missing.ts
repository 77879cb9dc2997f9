import type { Connection } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import { type Repo, slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { listTokenHolders, passOnRepo } from '../store/repo-owners.ts';
import { findRepoById } from '../store/repos.ts';
import { listOwnedRepos, noteMissing } from '../store/sync-state.ts';
import { findUserById } from '../store/users.ts';
import type { Forge, ForgeRepo } from './forge.ts';

/** So many answers in a row, and the repository counts as missing at its Git service. */
export const MISSING_AFTER = 3;
/** Repositories for one synchronisation; the others have their turn in a later one. */
const MAX_REPOS = 20;
const MAX_HEIRS = 3;

export interface SeenRepos {
  readonly user: User;
  readonly connection: Connection;
  readonly forge: Forge;
  /** Uids of the repositories that the service has listed. */
  readonly shown: ReadonlySet<string>;
}

/**
 * Asks for the repositories of an owner that the list does not show, one by one. Where the owner has lost access, the next
 * person who still administers the repository owns it; one that nobody finds any more is counted as missing.
 */
export async function lookForMissing({ db }: { readonly db: Db }, sync: SeenRepos): Promise<void> {
  const { user, connection, forge, shown } = sync;
  const owned = await listOwnedRepos(db, user.id, connection.id);
  for (const { id } of owned.filter(({ uid }) => !shown.has(uid)).slice(0, MAX_REPOS)) {
    const repo = await findRepoById(db, id);
    if (repo === undefined) continue;
    const answer = await findOrRefused(forge, user, repo);
    const found = answer === 'refused' ? undefined : answer;
    const heir = found?.permission?.admin === true ? undefined : await findHeir(db, forge, repo);
    if (heir !== undefined) await passOnRepo(db, id, { from: user.id, to: heir.id });
    await noteMissing(db, id, answer === undefined && heir === undefined);
  }
}

/** What has the name now may be another repository. */
async function findSame(forge: Forge, user: User, repo: Repo): Promise<ForgeRepo | undefined> {
  const found = await forge.findRepo(user, slugAtService(repo));
  return found?.uid === repo.uid ? found : undefined;
}

/** One repository that the service locks (a policy, a takedown) stops nothing else, and is not missing. */
async function findOrRefused(
  forge: Forge,
  user: User,
  repo: Repo,
): Promise<ForgeRepo | 'refused' | undefined> {
  try {
    return await findSame(forge, user, repo);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'service-refused') throw error;
    return 'refused';
  }
}

/** The rights that are written down may be as old as those of the owner, so the service is asked. */
async function findHeir(db: Db, forge: Forge, repo: Repo): Promise<User | undefined> {
  const ids = (await listTokenHolders(db, repo)).filter((id) => id !== repo.userId);
  for (const id of ids.slice(0, MAX_HEIRS)) {
    const heir = await findUserById(db, id);
    if (heir === undefined) continue;
    try {
      if ((await findSame(forge, heir, repo))?.permission?.admin === true) return heir;
    } catch (error) {
      // The token of the heir has died meanwhile, or reaches less than that of others.
      const isOwn = error instanceof AppError && /^service-(token|refused)$/.test(error.code);
      if (!isOwn) throw error;
    }
  }
  return undefined;
}
