import type { Route } from '@sortie/contract/route';
import {
  type AccessRule,
  type OrgAccessRule,
  type RepoAccessRule,
  requireOrgAccess,
  requireRepoAccess,
} from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { Permission, Repo } from '@sortie/core/repo';
import { hasScope } from '@sortie/core/token';
import type { Db } from '../store/db.ts';
import { findMembership } from '../store/memberships.ts';
import { findPermission } from '../store/permissions.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { ANONYMOUS, type Caller } from './identify.ts';
import { requireReach } from './token-limits.ts';

/** What the access check has found out, so that handlers need not look again. */
export interface Admission {
  readonly caller: Caller;
  /** Present on routes below a repository. */
  readonly repo?: Repo;
  /** The caller's own row for the repository. */
  readonly permission?: Permission;
}

/** Where a route is: below a repository or below a namespace. */
export interface AdmitPlace {
  readonly slug: string;
  readonly namespace: string;
}

export interface AdmitDeps {
  readonly db: Db;
  /** `DRONE_SERVER_PRIVATE_MODE`. */
  readonly isPrivate: boolean;
}

/**
 * Lets a caller in or throws: `unauthorized`, `forbidden`, `account-inactive`, `token-scope`, `token-repo`, `not-found`.
 * `place` names the repository or namespace of routes below one. An inactive account is refused everywhere but on open routes,
 * where it counts as nobody.
 */
export async function admit(
  deps: AdmitDeps,
  route: Pick<Route, 'access' | 'scope'>,
  caller: Caller,
  place: AdmitPlace,
): Promise<Admission> {
  if (route.access === 'open') return { caller: await admitOpen(deps, route, caller) };
  if (caller.user !== undefined && !caller.user.isActive) {
    throw new AppError('account-inactive', 'Account is not active', {
      hint: 'An administrator of the server can activate it again.',
    });
  }
  requireTokenScope(route, caller);
  const { access } = route;
  if (isOrgRule(access)) return admitToOrg(deps, access, caller, place.namespace);
  if (!isRepoRule(access)) {
    requireAccount(access, caller);
    if (access === 'admin') requireReach(caller);
    return { caller };
  }
  if (deps.isPrivate) requireAccount('user', caller);
  return admitToRepo(deps, access, caller, place.slug);
}

/** Administrators' tokens that are restricted to repositories do not reach what belongs to a whole namespace. */
async function admitToOrg(
  deps: AdmitDeps,
  rule: OrgAccessRule,
  caller: Caller,
  namespace: string,
): Promise<Admission> {
  const { user } = caller;
  const role = user && (await findMembership(deps.db, user.id, namespace));
  requireOrgAccess(rule, namespace, user, role);
  requireReach(caller);
  return { caller };
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
  if (route.scope !== undefined && hasScope(caller.token.scopes, route.scope)) return;
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
  const permission = found && (await permissionOf(deps, caller, found));
  const repo = requireRepoAccess(rule, found, caller.user, permission);
  requireReach(caller, repo.id);
  return { caller, repo, permission };
}

/**
 * What the account may do with the repository. Rows of the built-in host are the truth and never go stale; a connection
 * whose rows are copies asks its Git service here when a row is old (api-v1.md 1.4).
 */
async function permissionOf(deps: AdmitDeps, caller: Caller, repo: Repo): Promise<Permission | undefined> {
  return caller.user && findPermission(deps.db, caller.user.id, repo.id);
}

function isOrgRule(rule: AccessRule): rule is OrgAccessRule {
  return rule.startsWith('org:');
}

function isRepoRule(rule: AccessRule): rule is RepoAccessRule {
  return rule.startsWith('repo:');
}
