import { allows, type RepoAccessRule, requireRepoAccess } from '@sortie/core/access';
import type { Permission, Repo } from '@sortie/core/repo';
import { GLOBAL_NAMESPACE } from '@sortie/core/secret';
import type { Db } from '../store/db.ts';
import { listPermissionsOfUser } from '../store/permissions.ts';
import { findRepoById } from '../store/repos.ts';
import { type AdmitDeps, isOwnNamespace, permissionOf, roleOf } from './admit.ts';
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
export async function administersNamespace(
  deps: Pick<AdmitDeps, 'db' | 'access'>,
  caller: Caller,
  namespace: string,
): Promise<boolean> {
  const { user } = caller;
  if (user?.isActive !== true || restrictionOf(caller) !== undefined) return false;
  if (user.isAdmin) return true;
  // Whatever a Git service calls its accounts and organisations.
  if (namespace.toLowerCase() === GLOBAL_NAMESPACE) return false;
  if (await isOwnNamespace(deps, user, namespace)) return true;
  return (await roleOf(deps, { user, namespace, rule: 'org:admin' })) === 'admin';
}

/**
 * Checks one repository of many by the rule of the routes below it, as fresh as a change of it needs. Throws as these do.
 */
export async function requireStillReached(
  deps: Pick<AdmitDeps, 'db' | 'access'>,
  caller: Caller,
  rule: RepoAccessRule,
  repoId: number,
): Promise<void> {
  const { user } = caller;
  const repo = await findRepoById(deps.db, repoId);
  const permission = repo && user && (await permissionOf(deps, { user, repo, rule }));
  requireRepoAccess(rule, repo, user, permission);
}
