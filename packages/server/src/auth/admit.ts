import type { Route } from '@sortie/contract/route';
import { type AccessRule, type RepoAccessRule, requireRepoAccess } from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { Permission, Repo } from '@sortie/core/repo';
import { hasScope } from '@sortie/core/token';
import type { Db } from '../store/db.ts';
import { findPermission } from '../store/permissions.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { ANONYMOUS, type Caller } from './identify.ts';

/** What the access check has found out, so that handlers need not look again. */
export interface Admission {
  readonly caller: Caller;
  /** Present on routes below a repository. */
  readonly repo?: Repo;
  /** The caller's own row for the repository. */
  readonly permission?: Permission;
}

export interface AdmitDeps {
  readonly db: Db;
  /** `DRONE_SERVER_PRIVATE_MODE`. */
  readonly isPrivate: boolean;
}

/**
 * Lets a caller in or throws: `unauthorized`, `forbidden`, `account-inactive`, `token-scope`, `not-found`.
 * `slug` names the repository of routes below one. An inactive account is refused everywhere but on open routes,
 * where it counts as nobody.
 */
export async function admit(
  deps: AdmitDeps,
  route: Pick<Route, 'access' | 'scope'>,
  caller: Caller,
  slug: string,
): Promise<Admission> {
  if (route.access === 'open') return { caller: await admitOpen(deps, route, caller) };
  if (caller.user !== undefined && !caller.user.isActive) {
    throw new AppError('account-inactive', 'Account is not active');
  }
  requireTokenScope(route, caller);
  if (!isRepoRule(route.access)) {
    requireAccount(route.access, caller);
    return { caller };
  }
  if (deps.isPrivate) requireAccount('user', caller);
  return admitToRepo(deps, route.access, caller, slug);
}

async function admitOpen(deps: AdmitDeps, route: Pick<Route, 'scope'>, caller: Caller): Promise<Caller> {
  // Without a scope the route tells everybody the same; with one it answers by who asks.
  if (route.scope === undefined || caller.user?.isActive === false) return ANONYMOUS;
  requireTokenScope(route, caller);
  if (deps.isPrivate) requireAccount('user', caller);
  return caller;
}

function requireTokenScope(route: Pick<Route, 'scope'>, caller: Caller): void {
  if (caller.via !== 'token' || route.scope === 'any') return;
  if (route.scope !== undefined && hasScope(caller.scopes, route.scope)) return;
  const wanted = route.scope === undefined ? 'a signed-in person' : `the scope ${route.scope}`;
  throw new AppError('token-scope', `This needs ${wanted}, which the token does not have.`, {
    hint: 'Make a token with that scope on the account page.',
  });
}

function requireAccount(rule: 'user' | 'admin', caller: Caller): void {
  if (caller.user === undefined) {
    throw new AppError('unauthorized', 'Unauthorized', {
      hint: 'Sign in, or send a token as "Authorization: Bearer …".',
    });
  }
  if (rule === 'admin' && !caller.user.isAdmin) {
    throw new AppError('forbidden', 'Forbidden', { hint: 'Only administrators of the server may do this.' });
  }
}

async function admitToRepo(
  deps: AdmitDeps,
  rule: RepoAccessRule,
  caller: Caller,
  slug: string,
): Promise<Admission> {
  const found = await findRepoBySlug(deps.db, slug);
  const permission =
    found === undefined || caller.user === undefined
      ? undefined
      : await findPermission(deps.db, caller.user.id, found.id);
  const repo = requireRepoAccess(rule, found, caller.user, permission);
  return { caller, repo, permission };
}

function isRepoRule(rule: AccessRule): rule is RepoAccessRule {
  return rule.startsWith('repo:');
}
