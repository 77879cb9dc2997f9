import { AppError, assertNever } from './errors.ts';
import type { Permission, Repo } from './repo.ts';
import { GLOBAL_NAMESPACE } from './secret.ts';
import type { User } from './user.ts';

/** Who a route lets in (api-v1.md 1.3). A route without a rule stops the start. */
export const ACCESS_RULES = [
  'open',
  'user',
  'admin',
  'repo:read',
  'repo:write',
  'repo:admin',
  'org:member',
  'org:admin',
] as const;
export type AccessRule = (typeof ACCESS_RULES)[number];
export type RepoAccessRule = Extract<AccessRule, `repo:${string}`>;
export type OrgAccessRule = Extract<AccessRule, `org:${string}`>;

/** What an account is in a namespace (organisation) of its Git service. */
export const ORG_ROLES = ['member', 'admin'] as const;
export type OrgRole = (typeof ORG_ROLES)[number];

/**
 * The organisation tiers of api-v1.md 1.3: administrators, the account whose login is the namespace, and those whom
 * the Git service says to be members (or admins). Everybody else gets 401, signed in or not. What belongs to the server
 * as a whole is for administrators only. `isOwn` is false where somebody else of another Git service has that login.
 * Throws, or returns.
 */
export function requireOrgAccess(
  rule: OrgAccessRule,
  namespace: string,
  user: User | undefined,
  role: OrgRole | undefined,
  isOwn: boolean = user?.login === namespace,
): void {
  if (user === undefined) {
    throw new AppError('unauthorized', 'Unauthorized', {
      hint: 'Sign in, or send a token as "Authorization: Bearer …".',
    });
  }
  if (user.isAdmin) return;
  // Whatever a Git service calls its accounts and organisations.
  const isServer = namespace.toLowerCase() === GLOBAL_NAMESPACE;
  if (!isServer && (isOwn || role === 'admin')) return;
  if (!isServer && rule === 'org:member' && role === 'member') return;
  throw new AppError('not-a-member', 'Forbidden', {
    hint: `This account is no ${rule === 'org:admin' ? 'administrator' : 'member'} of ${JSON.stringify(namespace)}.`,
  });
}

/**
 * The repository access matrix of api-v1.md 1.4: 401 for anonymous callers and 404 for everyone else who may
 * not know, so that a missing and a forbidden repository look alike. Throws, or returns the repository.
 */
export function requireRepoAccess(
  rule: RepoAccessRule,
  repo: Repo | undefined,
  user: User | undefined,
  permission: Permission | undefined,
): Repo {
  if (user === undefined) {
    if (repo !== undefined && rule === 'repo:read' && repo.visibility === 'public') return repo;
    throw new AppError('unauthorized', 'Unauthorized', {
      hint: 'Sign in, or send a token as "Authorization: Bearer …".',
    });
  }
  if (repo === undefined) throw notFound();
  if (user.isAdmin && user.isActive) return repo;
  if (rule === 'repo:read' && repo.visibility !== 'private') return repo;
  if (permission === undefined) throw notFound();
  if (!user.isActive)
    throw new AppError('account-inactive', 'Account is not active', {
      hint: 'An administrator of the server can activate it again.',
    });
  if (!allows(permission, rule)) throw notFound();
  return repo;
}

function notFound(): AppError {
  return new AppError('not-found', 'Not Found', {
    hint: 'The repository does not exist, or this account has no access to it.',
  });
}

/** True when the permission row grants what the rule asks for; `repo:admin` needs all three flags. */
export function allows(permission: Permission, rule: RepoAccessRule): boolean {
  switch (rule) {
    case 'repo:read':
      return permission.read;
    case 'repo:write':
      return permission.read && permission.write;
    case 'repo:admin':
      return permission.read && permission.write && permission.admin;
    default:
      return assertNever(rule);
  }
}
