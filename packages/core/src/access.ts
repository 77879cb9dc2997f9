import { AppError, assertNever } from './errors.ts';
import type { Permission, Repo } from './repo.ts';
import type { User } from './user.ts';

/** Who a route lets in (api-v1.md 1.3). A route without a rule stops the start. */
export const ACCESS_RULES = ['open', 'user', 'admin', 'repo:read', 'repo:write', 'repo:admin'] as const;
export type AccessRule = (typeof ACCESS_RULES)[number];
export type RepoAccessRule = Extract<AccessRule, `repo:${string}`>;

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
  if (!user.isActive) throw new AppError('account-inactive', 'Account is not active');
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
