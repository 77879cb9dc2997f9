import { allows } from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import { type Permission, type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import { hasScope, type Scope } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Access, Credentials, GitAccount, HostedRepo, RepoName } from '@sortie/githost/host-deps';
import { type Caller, identifyToken } from '../auth/identify.ts';
import type { RateLimiter } from '../auth/rate-limit.ts';
import { reachesRepo, requireNetwork, restrictionOf } from '../auth/token-limits.ts';
import type { UserTokenDeps } from '../auth/user-token.ts';
import type { Db } from '../store/db.ts';
import { findPermission, upsertPermission } from '../store/permissions.ts';
import { findRepoBySlug, insertRepo } from '../store/repos.ts';
import { CLONE_LOGIN, readCloneToken } from './clone-token.ts';

/** Who uses the built-in Git host: a person with a token, or the clone of one build. */
export interface GitCaller extends GitAccount {
  readonly user?: User;
  readonly scopes: readonly Scope[];
  /** Who it is for the rest of the server; absent for the clone of a build. */
  readonly caller?: Caller;
  /** Set for the clone of a build: the one repository it may read. */
  readonly cloneRepoId?: number;
}

export interface GitAccessDeps extends UserTokenDeps {
  /** Counts wrong passwords; without one nobody does. */
  readonly limiter?: Pick<RateLimiter, 'checkGuess' | 'noteGuess'>;
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly cloneKey: Buffer;
  readonly builtinConnectionId: number;
  /** `DRONE_SERVER_PRIVATE_MODE`: nobody reads without an account. */
  readonly isPrivateMode: boolean;
  /** Public address of the server without a trailing slash. */
  readonly publicUrl: string;
  /** Lower-case hex, never used before. */
  readonly newUid: () => string;
}

/**
 * The caller behind a Basic password: a clone token of a build, an API token, or the old user token. The login is not needed to find
 * the account, but a wrong one is refused, so that nobody pushes under another name by mistake.
 */
export async function authenticateGit(
  deps: GitAccessDeps,
  { login, password, address = '' }: Credentials,
): Promise<GitCaller | undefined> {
  if (login === CLONE_LOGIN) {
    const grant = readCloneToken(deps.cloneKey, password, deps.now());
    return grant && { login, scopes: ['git:read'], cloneRepoId: grant.repoId };
  }
  deps.limiter?.checkGuess(address, password);
  const found = await identifyToken(deps, password);
  deps.limiter?.noteGuess(address, password, found !== undefined);
  if (found === undefined) return undefined;
  const { user, token } = found;
  if (login !== '' && login.toLowerCase() !== user.login.toLowerCase()) return undefined;
  if (!user.isActive)
    throw new AppError('account-inactive', 'This account has been deactivated.', {
      hint: 'An administrator of the server can activate it again.',
    });
  requireNetwork(found, address);
  return { login: user.login, user, scopes: token.scopes, caller: found };
}

/** What a caller may do with a repository; an unknown one and a hidden one look alike. */
export async function authorizeGit(
  deps: GitAccessDeps,
  caller: GitCaller | undefined,
  name: RepoName,
  right: 'read' | 'write',
): Promise<Access> {
  const repo = await findRepoBySlug(deps.db, `${name.namespace}/${name.name}`);
  const hosted = repo?.connectionId === deps.builtinConnectionId ? repo : undefined;
  if (caller === undefined) {
    const isOpen = right === 'read' && hosted?.visibility === 'public' && !deps.isPrivateMode;
    return isOpen ? { outcome: 'ok', repo: toHosted(hosted) } : { outcome: 'unauthorized' };
  }
  if (caller.cloneRepoId !== undefined) return authorizeClone(caller.cloneRepoId, hosted, right);
  requireScope(caller, right);
  if (!isReached(caller, hosted)) return { outcome: 'not-found' };
  if (hosted === undefined) return mayCreate(caller, name, repo, right);
  return authorizeUser(deps, caller, hosted, right);
}

/** Makes the repository of a first push: private, active, owned by the one who pushes. */
export async function createGitRepo(
  deps: GitAccessDeps,
  caller: GitCaller,
  namespace: string,
  name: string,
): Promise<HostedRepo> {
  if (caller.user === undefined)
    throw new AppError('forbidden', 'A build cannot create repositories.', {
      hint: 'Push with the token of a person.',
    });
  const slug = `${namespace}/${name}`;
  const now = deps.now();
  const repo = await insertRepo(deps.db, {
    ...FRESH_REPO,
    connectionId: deps.builtinConnectionId,
    uid: deps.newUid(),
    userId: caller.user.id,
    namespace,
    name,
    slug,
    httpUrl: `${deps.publicUrl}/git/${slug}.git`,
    link: `${deps.publicUrl}/${slug}`,
    synced: now,
    created: now,
    updated: now,
  });
  const all = { read: true, write: true, admin: true, synced: now };
  await upsertPermission(deps.db, { userId: caller.user.id, repoId: repo.id }, all);
  return toHosted(repo);
}

const FRESH_REPO = {
  ...UNTOUCHED_REPO,
  sshUrl: '',
  defaultBranch: 'main',
  isPrivate: true,
  visibility: 'private',
  isActive: true,
  configPath: '.drone.yml',
  timeoutMinutes: 60,
} as const;

function authorizeClone(repoId: number, repo: Repo | undefined, right: 'read' | 'write'): Access {
  if (repo?.id !== repoId) return { outcome: 'unauthorized' };
  return right === 'read' ? { outcome: 'ok', repo: toHosted(repo) } : { outcome: 'forbidden' };
}

/** A token that is restricted to repositories neither reaches nor makes others. */
function isReached({ caller }: GitCaller, repo: Repo | undefined): boolean {
  if (caller === undefined) return true;
  return repo === undefined ? restrictionOf(caller) === undefined : reachesRepo(caller, repo.id);
}

function requireScope(caller: GitCaller, right: 'read' | 'write'): void {
  const scope: Scope = right === 'read' ? 'git:read' : 'git:write';
  if (hasScope(caller.scopes, scope)) return;
  throw new AppError('token-scope', `This token lacks the scope ${scope}.`, {
    hint: 'Make a token with this scope on the account page.',
  });
}

/** People create below their own name; administrators anywhere. */
function mayCreate(
  caller: GitCaller,
  name: RepoName,
  taken: Repo | undefined,
  right: 'read' | 'write',
): Access {
  const isOwn = caller.user?.login.toLowerCase() === name.namespace;
  const isAllowed = isOwn || caller.user?.isAdmin === true;
  return { outcome: right === 'write' && isAllowed && taken === undefined ? 'create' : 'not-found' };
}

async function authorizeUser(
  deps: GitAccessDeps,
  caller: GitCaller,
  repo: Repo,
  right: 'read' | 'write',
): Promise<Access> {
  if (caller.user?.isAdmin === true) return { outcome: 'ok', repo: toHosted(repo) };
  const permission = await findPermission(deps.db, caller.user?.id ?? 0, repo.id);
  if (permission !== undefined && allows(permission, `repo:${right}`)) {
    return { outcome: 'ok', repo: toHosted(repo) };
  }
  if (!mayRead(repo, permission)) return { outcome: 'not-found' };
  return right === 'read' ? { outcome: 'ok', repo: toHosted(repo) } : { outcome: 'forbidden' };
}

function mayRead(repo: Repo, permission: Permission | undefined): boolean {
  return repo.visibility !== 'private' || permission?.read === true;
}

function toHosted(repo: Repo): HostedRepo {
  return { id: repo.id, uid: repo.uid };
}
