import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { ScmToken } from '@sortie/scm/objects';
import type { Db } from '../store/db.ts';
import { listTokenHolders } from '../store/repo-owners.ts';
import type { GitService, TokenBroker } from './git-service.ts';

type OwnedRepo = Pick<Repo, 'id' | 'connectionId' | 'userId'>;

/** Whose token calls about a repository are made with. */
export interface RepoIdentity {
  readonly userId: number;
  readonly connectionId: number;
  /** The owner has no token that works, so this is somebody else who may administer the repository. */
  readonly isFallback: boolean;
}

/**
 * The owner while their token works, else the first person, by id, who may administer the repository and has one; never
 * a machine. The owner too where nobody has one: then the error of the call says who must sign in again.
 */
export async function findRepoIdentity(db: Db, repo: OwnedRepo): Promise<RepoIdentity> {
  const { userId: owner, connectionId } = repo;
  const userId = (await listTokenHolders(db, repo))[0] ?? owner;
  return { userId, connectionId, isFallback: userId !== owner };
}

export interface RepoTokenDeps {
  readonly broker: TokenBroker;
  /** `findRepoIdentity` of the database in use. */
  readonly accountOf: (repo: OwnedRepo) => Promise<Pick<RepoIdentity, 'userId' | 'connectionId'>>;
}

/** More accounts than this are not tried for one call. */
const MAX_ACCOUNTS = 4;

/** Calls with the token of a repository. One that the service refuses now makes way for that of the next account. */
export async function useRepoToken<Result>(
  { broker, accountOf }: RepoTokenDeps,
  repo: OwnedRepo,
  call: (token: ScmToken, service: GitService) => Promise<Result>,
): Promise<Result> {
  const tried = new Set<number>();
  for (;;) {
    const account = await accountOf(repo);
    tried.add(account.userId);
    try {
      return await broker.use(account, call);
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'service-token';
      if (!isRefused || tried.size >= MAX_ACCOUNTS) throw error;
      // A refused token has been marked by now, so the next look finds another account, or the same one again.
      const next = await accountOf(repo);
      if (tried.has(next.userId)) throw error;
    }
  }
}
