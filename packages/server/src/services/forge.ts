import { NO_PERMISSION, type Permission, type Repo, type Visibility } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { findPermission, listPermissionsOfUser } from '../store/permissions.ts';
import { findRepoBySlug, listReposOfUser } from '../store/repos.ts';
import { findUserByLogin } from '../store/users.ts';

/** A repository as its Git service shows it to one account. */
export interface ForgeRepo {
  /** Survives renames. */
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly httpUrl: string;
  readonly sshUrl: string;
  /** Empty when the service names no page. */
  readonly link: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
  readonly visibility: Visibility;
  readonly isArchived: boolean;
  /** `undefined` where the service does not tell, or is known to lie. */
  readonly permission: Permission | undefined;
}

/** Somebody that a Git service knows. */
export interface ForgeAccount {
  /** As the service spells it. */
  readonly login: string;
  readonly email: string;
  readonly avatar: string;
}

/** A webhook of this server as the Git service keeps it. */
export interface ForgeHook {
  readonly id: string;
  readonly isActive: boolean;
}

/** The commit of a branch or tag; of an annotated tag also the tag object. */
export interface ForgeRef {
  readonly commit: string;
  readonly object: string;
}

/** Whose credentials are used. */
type Account = Pick<User, 'id'>;

/** What there is only where a service has to tell this server of pushes. */
export interface ForgeWebhooks {
  /** Where the service sends them to. */
  readonly target: string;
  /** As people call the service. */
  readonly title: string;
  /** The setting of the service that may keep it from calling the target; undefined when none is known to. */
  readonly hint: string | undefined;
  /** Why nobody could clone private repositories; undefined when they can be. */
  readonly cloneObstacle: string | undefined;
  readonly hasStatuses: boolean;
  /** The hook with this target; undefined when there is none. */
  find(user: Account, repo: Repo): Promise<ForgeHook | undefined>;
  /** Gives the hook the present secret while deliveries with the one before still arrive; older hooks may remain. */
  rotate(user: Account, repo: Repo): Promise<ForgeHook>;
  /** Removes what a rotation has left. */
  removeOthers(user: Account, repo: Repo, keptId: string): Promise<void>;
  /** Asks for a test delivery; false where the service has none. */
  test(user: Account, repo: Repo, hookId: string): Promise<boolean>;
  findPermission(user: Account, repo: Repo): Promise<Permission>;
  /** The page of a commit. */
  linkTo(repo: Repo, target: { readonly ref: string; readonly sha: string }): string;
  /** Branches and tags by full name. */
  listRefs(user: Account, repo: Repo): Promise<ReadonlyMap<string, ForgeRef>>;
}

/**
 * What the server asks of a Git service, one for each connection; `user` is whose credentials are used. Calls throw
 * when the service cannot be asked, and return `undefined` for what it says not to exist.
 */
export interface Forge {
  /**
   * True where repositories and permission rows of this server are themselves the truth. Then synchronisation neither
   * adds nor removes any, and rows never go stale.
   */
  readonly isAuthoritative: boolean;
  /** Every repository that the account may read; `onSeen` is told how many there are so far where they come in pages. */
  listRepos(user: User, onSeen?: (count: number) => Promise<void>): Promise<readonly ForgeRepo[]>;
  findRepo(user: User, slug: string): Promise<ForgeRepo | undefined>;
  /** Has the service report pushes of the repository to this server, in place of an earlier hook of ours. */
  installHook(user: User, repo: Repo): Promise<ForgeHook | undefined>;
  /** The opposite; without a hook nothing happens. */
  removeHook(user: User, repo: Repo): Promise<void>;
  findAccount(user: User, login: string): Promise<ForgeAccount | undefined>;
  /** Absent where pushes are heard of without webhooks. */
  readonly webhooks?: ForgeWebhooks;
}

/** The service of a connection. */
export type ForgeOf = (connectionId: number) => Forge;

export interface BuiltinForgeDeps {
  readonly db: Db;
  readonly builtinConnectionId: number;
  /** Public address without a trailing slash. */
  readonly publicUrl: string;
}

/** The built-in Git host: its repositories are rows here, and its pushes need no hook to be heard of. */
export function createBuiltinForge(deps: BuiltinForgeDeps): Forge {
  const toForgeRepo = (repo: Repo, permission: Permission): ForgeRepo => ({
    uid: repo.uid,
    namespace: repo.namespace,
    name: repo.name,
    httpUrl: `${deps.publicUrl}/git/${repo.slug}.git`,
    sshUrl: repo.sshUrl,
    link: `${deps.publicUrl}/${repo.slug}`,
    defaultBranch: repo.defaultBranch,
    isPrivate: repo.visibility === 'private',
    visibility: repo.visibility,
    isArchived: false,
    permission,
  });
  const permissionOf = async (user: User, repo: Repo): Promise<Permission> =>
    user.isAdmin ? ALL : ((await findPermission(deps.db, user.id, repo.id)) ?? NO_PERMISSION);
  const isHosted = (repo: Repo): boolean => repo.connectionId === deps.builtinConnectionId;
  return {
    isAuthoritative: true,
    async listRepos(user) {
      const listed = await listReposOfUser(deps.db, user.id);
      const permissions = await listPermissionsOfUser(deps.db, user.id);
      return listed
        .filter(({ repo }) => isHosted(repo))
        .map(({ repo }) =>
          toForgeRepo(repo, user.isAdmin ? ALL : (permissions.get(repo.id) ?? NO_PERMISSION)),
        );
    },
    async findRepo(user, slug) {
      const repo = await findRepoBySlug(deps.db, slug);
      if (repo === undefined || !isHosted(repo)) return undefined;
      const permission = await permissionOf(user, repo);
      const isKnown = permission.read || repo.userId === user.id || repo.visibility !== 'private';
      return isKnown ? toForgeRepo(repo, permission) : undefined;
    },
    installHook: async () => undefined,
    removeHook: async () => undefined,
    async findAccount(_user, login) {
      const found = await findUserByLogin(deps.db, login);
      const isHere = found?.connectionId === deps.builtinConnectionId;
      return isHere ? { login: found.login, email: found.email, avatar: found.avatar } : undefined;
    },
  };
}

const ALL: Permission = { read: true, write: true, admin: true };
