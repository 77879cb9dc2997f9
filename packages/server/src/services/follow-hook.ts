import { AppError } from '@sortie/core/errors';
import type { Repo, Visibility } from '@sortie/core/repo';
import type { ScmRepo } from '@sortie/scm/objects';
import type { Db } from '../store/db.ts';
import type { TokenBroker } from './git-service.ts';
import { applyRepoFacts, isMoved, narrower, type RepoFacts } from './repo-facts.ts';
import { findRepoIdentity, useRepoToken } from './repo-identity.ts';

interface FollowHookDeps {
  readonly db: Db;
  readonly broker: TokenBroker;
  /** Unix seconds. */
  readonly now: () => number;
}

/** What a webhook says of its repository. */
type ToldRepo = Pick<ScmRepo, 'namespace' | 'name' | 'httpUrl' | 'sshUrl' | 'link' | 'branch' | 'private'> &
  Partial<Pick<ScmRepo, 'visibility'>>;

/**
 * Brings a repository in step with a verified webhook. Services show the secret of a webhook to administrators of the
 * repository (Gogs, Gitea), so what it says of the place and the addresses proves nothing: the service is asked for them,
 * or anybody could take the name, the files and the namespace of somebody else. False when the repository is gone here.
 */
export async function followHook(deps: FollowHookDeps, repo: Repo, told: ToldRepo): Promise<boolean> {
  const moved = isMoved(repo, told) ? await askPlace(deps, repo, told) : undefined;
  const facts: RepoFacts = moved ?? {
    ...{ namespace: '', name: '', httpUrl: '', sshUrl: '', link: '' },
    ...{ defaultBranch: told.branch, isPrivate: told.private, visibility: told.visibility },
  };
  const known = moved === undefined ? { ...facts, ...placeOf(repo) } : facts;
  // What the webhook calls private is hidden at once, whatever the service says later.
  const isPrivate = known.isPrivate || told.private;
  const visibility = leastOf(known.visibility, told.visibility);
  return (await applyRepoFacts(deps.db, repo, { ...known, isPrivate, visibility }, deps.now())) !== undefined;
}

function leastOf(found: Visibility | undefined, told: Visibility | undefined): Visibility | undefined {
  return found === undefined || told === undefined ? (found ?? told) : narrower(found, told);
}

/** `undefined` when the service does not say that the repository is there. The next webhook asks again. */
async function askPlace(
  { db, broker }: FollowHookDeps,
  repo: Repo,
  told: ToldRepo,
): Promise<RepoFacts | undefined> {
  const accountOf = (owned: Parameters<typeof findRepoIdentity>[1]) => findRepoIdentity(db, owned);
  try {
    return await useRepoToken({ broker, accountOf }, repo, async (token, { driver }) => {
      const slug = `${told.namespace}/${told.name}`;
      const key = driver.supports('findRepoByUid') ? { uid: repo.uid } : { slug };
      const found = await driver.findRepo(token, key);
      if (found.uid !== repo.uid) return undefined;
      const { namespace, name, httpUrl, sshUrl, link, visibility } = found;
      const rest = { defaultBranch: found.branch, isPrivate: found.private, visibility };
      return { namespace, name, httpUrl, sshUrl, link, ...rest };
    });
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function placeOf(repo: Repo): Pick<RepoFacts, 'namespace' | 'name'> {
  const slug = repo.serviceSlug || repo.slug;
  const at = slug.lastIndexOf('/');
  return { namespace: slug.slice(0, at), name: slug.slice(at + 1) };
}
