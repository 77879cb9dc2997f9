import { allows, type RepoAccessRule } from '@sortie/core/access';
import type { Permission, Repo } from '@sortie/core/repo';
import { GLOBAL_NAMESPACE } from '@sortie/core/secret';
import type { Db } from '../store/db.ts';
import { findMembership } from '../store/memberships.ts';
import { listPermissionsOfUser } from '../store/permissions.ts';
import type { Caller } from './identify.ts';
import { reachesRepo, restrictionOf } from './token-limits.ts';

/** What a caller may do with many repositories at once, by the rules of the routes below one of them. */
export interface Reach {
  may(rule: RepoAccessRule, repo: Pick<Repo, 'id' | 'visibility'>): boolean;
}

const NO_ROWS: ReadonlyMap<number, Permission> = new Map();

/** One query, so that a call over many repositories need not ask for each. */
export async function loadReach(db: Db, caller: Caller): Promise<Reach> {
  const { user } = caller;
  const isKnown = user?.isActive === true;
  const rows = isKnown && !user.isAdmin ? await listPermissionsOfUser(db, user.id) : NO_ROWS;
  return {
    may(rule, repo) {
      if (!reachesRepo(caller, repo.id)) return false;
      if (rule === 'repo:read' && repo.visibility === 'public') return true;
      if (!isKnown) return false;
      if (user.isAdmin || (rule === 'repo:read' && repo.visibility === 'internal')) return true;
      const permission = rows.get(repo.id);
      return permission !== undefined && allows(permission, rule);
    },
  };
}

/** Whether a caller may change what belongs to a whole namespace, by the rules of `org:admin`. */
export async function administersNamespace(db: Db, caller: Caller, namespace: string): Promise<boolean> {
  const { user } = caller;
  if (user?.isActive !== true || restrictionOf(caller) !== undefined) return false;
  if (user.isAdmin) return true;
  // Whatever a Git service calls its accounts and organisations.
  if (namespace.toLowerCase() === GLOBAL_NAMESPACE) return false;
  return user.login === namespace || (await findMembership(db, user.id, namespace)) === 'admin';
}
