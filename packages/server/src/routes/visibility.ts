import type { Repo } from '@sortie/core/repo';
import type { Caller } from '../auth/identify.ts';
import { reachesRepo } from '../auth/token-limits.ts';
import type { Db } from '../store/db.ts';
import { findPermission } from '../store/permissions.ts';

/** How long a stream trusts what it knows of its reader. */
const TRUST_SECONDS = 10;

export interface VisibilityDeps {
  readonly db: Db;
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
  return async (repo) => {
    if (deps.now() - checked >= TRUST_SECONDS) {
      current = await deps.identify();
      known = new Map();
      checked = deps.now();
    }
    if (!reachesRepo(current, repo.id)) return false;
    const { user } = current;
    if (repo.visibility === 'public' && !(deps.isPrivate && user?.isActive !== true)) return true;
    if (user === undefined || !user.isActive) return false;
    if (user.isAdmin || repo.visibility === 'internal') return true;
    const answer = known.get(repo.id) ?? (await findPermission(deps.db, user.id, repo.id))?.read ?? false;
    known.set(repo.id, answer);
    return answer;
  };
}
