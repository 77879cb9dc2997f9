import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { type AccessSource, permissionOf } from '../auth/admit.ts';
import type { Caller } from '../auth/identify.ts';
import { reachesRepo } from '../auth/token-limits.ts';
import type { Db } from '../store/db.ts';
import { findRepoById } from '../store/repos.ts';

/** How long a stream trusts what it knows of its reader. */
const TRUST_SECONDS = 10;

export interface VisibilityDeps {
  readonly db: Db;
  /** Absent without Git services. */
  readonly access?: AccessSource;
  /** Unix seconds. */
  readonly now: () => number;
  /** `DRONE_SERVER_PRIVATE_MODE`: without an account there is nothing to see. */
  readonly isPrivate: boolean;
  /** Looks at the credentials of the request again: they may have been revoked since. */
  readonly identify: () => Promise<Caller>;
}

/**
 * Says which repositories the reader of a long stream may see, by the rules of `repo:read`. Account, credentials
 * and permissions are looked at again every few seconds.
 */
export function createVisibility(deps: VisibilityDeps, caller: Caller): (repo: Repo) => Promise<boolean> {
  let current = caller;
  let checked = deps.now();
  let known = new Map<number, boolean>();
  // From the first look on: a repository may turn private while its log is read.
  let again: Map<number, Promise<Repo | undefined>> | undefined;
  return async (given) => {
    if (deps.now() - checked >= TRUST_SECONDS) {
      current = await deps.identify();
      known = new Map();
      again = new Map();
      checked = deps.now();
    }
    const loading = again && (again.get(given.id) ?? findRepoById(deps.db, given.id));
    if (loading !== undefined) again?.set(given.id, loading);
    const repo = loading === undefined || given.visibility === 'private' ? given : await loading;
    if (repo === undefined) return false;
    if (!reachesRepo(current, repo.id)) return false;
    const { user } = current;
    if (repo.visibility === 'public' && !(deps.isPrivate && user?.isActive !== true)) return true;
    if (user === undefined || !user.isActive) return false;
    if (user.isAdmin || repo.visibility === 'internal') return true;
    const answer = known.get(repo.id) ?? (await mayRead(deps, user, repo));
    known.set(repo.id, answer);
    return answer;
  };
}

/** A Git service that is out, or a token that it refuses, ends no stream: the repository is not shown meanwhile. */
async function mayRead(deps: VisibilityDeps, user: User, repo: Repo): Promise<boolean> {
  try {
    return (await permissionOf(deps, { user, repo, rule: 'repo:read' }))?.read ?? false;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
