import type { Route } from '@sortie/contract/route';
import {
  type AccessRule,
  type OrgAccessRule,
  type OrgRole,
  type RepoAccessRule,
  requireOrgAccess,
  requireRepoAccess,
} from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { Permission, Repo } from '@sortie/core/repo';
import { hasScope } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findMembership } from '../store/memberships.ts';
import { findPermission } from '../store/permissions.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { ANONYMOUS, type Caller } from './identify.ts';
import { requireReach, restrictionOf } from './token-limits.ts';

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

/** Asks Git services what accounts may do. Throws `service-token`, and `service-unavailable` while one is out. */
export interface AccessSource {
  /** The permission of an account, as fresh as the rule needs it. */
  permission(question: {
    readonly user: User;
    readonly repo: Repo;
    readonly rule: RepoAccessRule;
    /** Nothing is changed: the age of rows that will do for reading will do for the rule too. */
    readonly onlyLooks?: boolean;
  }): Promise<Permission | undefined>;
  /** Takes as long as `permission` does for a repository that is hidden from the account, so that nobody can tell. */
  missed(user: User, slug: string): Promise<void>;
  role(question: {
    readonly user: User;
    readonly namespace: string;
    readonly rule: OrgAccessRule;
  }): Promise<OrgRole | undefined>;
  /** Whether the namespace that is called like the account is that of the account, and not of another Git service. */
  owns(user: User, namespace: string): Promise<boolean>;
  /** A repository that this server does not know yet, when a service shows it to the account. */
  adopt(user: User, slug: string): Promise<Repo | undefined>;
}

export interface AdmitDeps {
  /** Absent without Git services: then the rows of the database are the truth. */
  readonly access?: AccessSource;
  readonly db: Db;
  /** `DRONE_SERVER_PRIVATE_MODE`. */
  readonly isPrivate: boolean;
}

/** What the access check needs to know of a route. */
export interface AdmittedRoute extends Pick<Route, 'access' | 'scope' | 'adoptsUnknown' | 'onlyLooks'> {
  /** Where rights are checked further than by `access`: how fresh they must be for that. */
  readonly freshFor?: RepoAccessRule;
}

/**
 * Lets a caller in or throws: `unauthorized`, `forbidden`, `account-inactive`, `token-scope`, `token-repo`, `not-found`,
 * and what `AccessSource` throws. `place` names the repository or namespace of routes below one. An inactive account is refused everywhere but on open routes,
 * where it counts as nobody.
 */
export async function admit(
  deps: AdmitDeps,
  route: AdmittedRoute,
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
  return admitToRepo(deps, { ...route, access }, caller, place.slug);
}

/** Administrators' tokens that are restricted to repositories do not reach what belongs to a whole namespace. */
async function admitToOrg(
  deps: AdmitDeps,
  rule: OrgAccessRule,
  caller: Caller,
  namespace: string,
): Promise<Admission> {
  const { user } = caller;
  const isOwn = user !== undefined && (await isOwnNamespace(deps, user, namespace));
  // Whoever is let in anyway needs no Git service for it.
  const isAsked = user !== undefined && !user.isAdmin && !isOwn;
  const role = isAsked ? await roleOf(deps, { user, namespace, rule }) : undefined;
  requireOrgAccess(rule, namespace, user, role, isOwn);
  requireReach(caller);
  return { caller };
}

/** Whether an account is that after which the namespace is called. */
export async function isOwnNamespace(
  { access }: Pick<AdmitDeps, 'access'>,
  user: User,
  namespace: string,
): Promise<boolean> {
  return user.login === namespace && ((await access?.owns(user, namespace)) ?? true);
}

/** The role of an account in a namespace, as its Git services say. */
export async function roleOf(
  { db, access }: Pick<AdmitDeps, 'db' | 'access'>,
  question: Parameters<AccessSource['role']>[0],
): Promise<OrgRole | undefined> {
  return access === undefined
    ? findMembership(db, question.user.id, question.namespace)
    : access.role(question);
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
  route: AdmittedRoute & { readonly access: RepoAccessRule },
  caller: Caller,
  slug: string,
): Promise<Admission> {
  const { access: rule, freshFor = rule, adoptsUnknown = false, onlyLooks } = route;
  const { user } = caller;
  const isUnrestricted = user !== undefined && restrictionOf(caller) === undefined;
  const found =
    (await findRepoBySlug(deps.db, slug)) ??
    (adoptsUnknown && isUnrestricted ? await deps.access?.adopt(user, slug) : undefined);
  const permission =
    found && user && (await permissionOf(deps, { user, repo: found, rule: freshFor, onlyLooks }));
  if (found === undefined && user !== undefined) await deps.access?.missed(user, slug);
  const repo = requireRepoAccess(rule, found, user, permission);
  requireReach(caller, repo.id);
  return { caller, repo, permission };
}

/**
 * What the account may do with the repository. Rows of the built-in host are the truth and never go stale; of a connection
 * whose rows are copies the Git service is asked when a row is too old for the rule (api-v1.md 1.4).
 */
export async function permissionOf(
  { db, access }: Pick<AdmitDeps, 'db' | 'access'>,
  question: Parameters<AccessSource['permission']>[0],
): Promise<Permission | undefined> {
  return access === undefined
    ? findPermission(db, question.user.id, question.repo.id)
    : access.permission(question);
}

function isOrgRule(rule: AccessRule): rule is OrgAccessRule {
  return rule.startsWith('org:');
}

function isRepoRule(rule: AccessRule): rule is RepoAccessRule {
  return rule.startsWith('repo:');
}
