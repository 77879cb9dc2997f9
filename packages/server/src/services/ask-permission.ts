import { AppError } from '@sortie/core/errors';
import { type Repo, slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { isScmError } from '@sortie/scm/errors';
import type { ScmPerm, ScmToken } from '@sortie/scm/objects';
import {
  findPermission,
  removePermission,
  type StoredPermission,
  upsertPermission,
} from '../store/permissions.ts';
import type { GitService } from './git-service.ts';
import type { RepoPermissionDeps } from './repo-permission.ts';

/**
 * Asks the Git service, with the token of the account, and writes the answer down. `undefined` when it shows nothing to
 * a token that works: then the row is gone. Throws `service-token` and what else the service says; the row stays then.
 */
export async function askPermission(
  deps: RepoPermissionDeps,
  user: User,
  repo: Repo,
): Promise<StoredPermission | undefined> {
  const { db, now } = deps;
  const { connectionId } = repo;
  const onMoved = () => deps.onLost?.(user);
  const permission = await findAtService(deps, { userId: user.id, connectionId }, { repo, onMoved });
  if (permission?.read !== true) {
    if (await removePermission(db, user.id, repo.id)) deps.onLost?.(user);
    return undefined;
  }
  const stored = { ...permission, synced: now() };
  // Everybody may read what is public; a row of their own is for those who work on it.
  const isMember = permission.write || repo.isPrivate;
  const key = { userId: user.id, repoId: repo.id };
  if (isMember || (await findPermission(db, user.id, repo.id)) !== undefined) {
    await upsertPermission(db, key, stored);
  }
  return stored;
}

async function findAtService(
  { broker }: RepoPermissionDeps,
  account: { readonly userId: number; readonly connectionId: number },
  asked: AskedRepo,
): Promise<ScmPerm | undefined> {
  try {
    return await broker.use(account, (token, service) => readPerm(service, token, asked));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const isDenied = error.code === 'not-found' || isScmError(error.cause, 'forbidden');
    if (isDenied) return undefined;
    throw error;
  }
}

interface AskedRepo {
  readonly repo: Repo;
  /** Gitea and GitHub go on answering under the old name, so nothing else may tell of a new one. */
  readonly onMoved: () => void;
}

/** Whatever has the name of the repository now need not be the repository (X31): the uid says. */
async function readPerm(
  { driver }: GitService,
  token: ScmToken,
  { repo, onMoved }: AskedRepo,
): Promise<ScmPerm | undefined> {
  const key = driver.supports('findRepoByUid') ? { uid: repo.uid } : { slug: slugAtService(repo) };
  const found = await driver.findRepo(token, key);
  if (found.uid !== repo.uid) return undefined;
  if (found.slug.toLowerCase() !== slugAtService(repo).toLowerCase()) onMoved();
  return found.perm ?? (await driver.findPerm(token, found.slug));
}
