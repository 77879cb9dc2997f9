import { FORK_APPROVALS, FORK_CONFIGS } from '@sortie/core/approval';
import { type Permission, type Repo, VISIBILITIES } from '@sortie/core/repo';
import { type Static, Type } from 'typebox';
import { WireBuild } from './builds.ts';
import { LEGACY_REPO_MEMBERS, legacyRepoMembers } from './legacy/superset.ts';
import { WireRepoHealth } from './repo-health.ts';
import { defineRoute } from './route.ts';

/** Path parameters of everything below a repository. */
export const RepoParams = Type.Object({ owner: Type.String(), name: Type.String() });

export const WirePermission = Type.Object(
  { read: Type.Boolean(), write: Type.Boolean(), admin: Type.Boolean() },
  { title: 'Permission' },
);
export type WirePermission = Static<typeof WirePermission>;

/** A repository on the wire (api-v1.md 2.2). */
export const WireRepo = Type.Object(
  {
    id: Type.Integer(),
    uid: Type.String(),
    user_id: Type.Integer(),
    namespace: Type.String(),
    name: Type.String(),
    slug: Type.String(),
    scm: Type.String(),
    git_http_url: Type.String(),
    git_ssh_url: Type.String(),
    link: Type.String(),
    default_branch: Type.String(),
    private: Type.Boolean(),
    visibility: Type.Enum([...VISIBILITIES]),
    active: Type.Boolean(),
    config_path: Type.String(),
    trusted: Type.Boolean(),
    protected: Type.Boolean(),
    ignore_forks: Type.Boolean(),
    ignore_pull_requests: Type.Boolean(),
    ignore_reopened: Type.Boolean(),
    fork_approval: Type.Enum([...FORK_APPROVALS], {
      description: 'Pull requests of forks that wait for an approval: of public repositories, all, or none',
    }),
    fork_config: Type.Enum([...FORK_CONFIGS], {
      description: 'Where the pipeline file of pull requests from forks is read',
    }),
    auto_cancel_pull_requests: Type.Boolean(),
    auto_cancel_pushes: Type.Boolean(),
    auto_cancel_running: Type.Boolean(),
    auto_cancel_closed: Type.Boolean(),
    timeout: Type.Integer({ description: 'Minutes that a stage may take' }),
    throttle: Type.Optional(Type.Integer({ description: 'Stages that may run at once; absent = unlimited' })),
    priority: Type.Integer({ description: 'Stages of repositories with a higher one are run first' }),
    counter: Type.Integer({ description: 'The last used build number' }),
    synced: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    version: Type.Integer(),
    archived: Type.Boolean(),
    build: Type.Optional(WireBuild),
    permissions: Type.Optional(WirePermission),
    health: Type.Optional(WireRepoHealth),
    ...LEGACY_REPO_MEMBERS,
  },
  { title: 'Repo' },
);
export type WireRepo = Static<typeof WireRepo>;
export const WireRepos = Type.Array(WireRepo);

export const listAllRepos = defineRoute({
  id: 'listAllRepos',
  method: 'GET',
  path: '/api/repos',
  access: 'admin',
  scope: 'builds:read',
  summary: 'All repositories of the server, by slug',
  query: Type.Object({
    page: Type.Optional(Type.String({ description: 'From 1' })),
    per_page: Type.Optional(Type.String({ description: '25 unless given, at most 10000' })),
  }),
  reply: WireRepos,
  hasEtag: true,
});

export const getRepo = defineRoute({
  id: 'getRepo',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/repos/:owner/:name',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'One repository, with the permissions of the caller',
  params: RepoParams,
  reply: WireRepo,
});

/** What a Git service may be in the way with. */
export const SERVICE_ERRORS = [
  'service-missing',
  'service-token',
  'service-refused',
  'service-unavailable',
  'service-rate-limited',
  'service-answer',
] as const;

export const enableRepo = defineRoute({
  id: 'enableRepo',
  allowsQueryToken: true,
  method: 'POST',
  path: '/api/repos/:owner/:name',
  access: 'repo:admin',
  scope: 'repos:admin',
  adoptsUnknown: true,
  summary: 'Activates the repository and makes the caller its owner; repeating it is fine',
  params: RepoParams,
  reply: WireRepo,
  errors: ['machine-owner', 'clone-account-missing', 'conflict', ...SERVICE_ERRORS],
  isAudited: true,
});

export const disableRepo = defineRoute({
  id: 'disableRepo',
  allowsQueryToken: true,
  method: 'DELETE',
  path: '/api/repos/:owner/:name',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Deactivates the repository, or removes it with everything that belongs to it',
  params: RepoParams,
  query: Type.Object({
    remove: Type.Optional(
      Type.String({ description: '`true` removes builds, logs, secrets, cron jobs and hosted Git data too' }),
    ),
  }),
  reply: WireRepo,
  errors: ['conflict'],
  isAudited: true,
});

export const chownRepo = defineRoute({
  id: 'chownRepo',
  allowsQueryToken: true,
  method: 'POST',
  path: '/api/repos/:owner/:name/chown',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Makes the caller the owner, whose credentials builds use',
  params: RepoParams,
  reply: WireRepo,
  errors: ['machine-owner', 'service-token'],
  isAudited: true,
});

export const repairRepo = defineRoute({
  id: 'repairRepo',
  method: 'POST',
  path: '/api/repos/:owner/:name/repair',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Reads the repository from its Git service again and installs the webhook anew',
  params: RepoParams,
  query: Type.Object({
    rotate: Type.Optional(
      Type.String({
        description: '`true` gives the webhook a new secret; the old one works for ten minutes more',
      }),
    ),
  }),
  reply: WireRepo,
  errors: ['owner-missing', 'machine-owner', 'clone-account-missing', 'conflict', ...SERVICE_ERRORS],
  isAudited: true,
});

export interface RepoExtras {
  readonly build?: WireBuild;
  readonly permission?: Permission;
  /** After an activation, and where there is something to tell. */
  readonly health?: WireRepoHealth;
  /** Only repositories that are listed straight from a Git service are. */
  readonly isArchived?: boolean;
}

/** `extras` are the members that only some answers have. */
export function toWireRepo(repo: Repo, extras: RepoExtras = {}): WireRepo {
  const { build, permission, health, isArchived = false } = extras;
  return {
    id: repo.id,
    uid: repo.uid,
    user_id: repo.userId,
    namespace: repo.namespace,
    name: repo.name,
    slug: repo.slug,
    scm: 'git',
    git_http_url: repo.httpUrl,
    git_ssh_url: repo.sshUrl,
    link: repo.link,
    default_branch: repo.defaultBranch,
    private: repo.isPrivate,
    visibility: repo.visibility,
    active: repo.isActive,
    config_path: repo.configPath,
    trusted: repo.isTrusted,
    protected: repo.isProtected,
    ignore_forks: repo.ignoreForks,
    ignore_pull_requests: repo.ignorePullRequests,
    ignore_reopened: repo.ignoreReopened ?? false,
    fork_approval: repo.forkApproval ?? 'default',
    fork_config: repo.forkConfig ?? 'head',
    auto_cancel_pull_requests: repo.autoCancelPullRequests,
    auto_cancel_pushes: repo.autoCancelPushes,
    auto_cancel_running: repo.autoCancelRunning,
    auto_cancel_closed: repo.autoCancelClosed ?? false,
    timeout: repo.timeoutMinutes,
    throttle: repo.throttle || undefined,
    priority: repo.priority ?? 0,
    counter: repo.counter,
    synced: repo.synced,
    created: repo.created,
    updated: repo.updated,
    version: repo.version,
    archived: isArchived,
    ...legacyRepoMembers(repo),
    ...(build === undefined ? {} : { build }),
    ...(permission === undefined ? {} : { permissions: toWirePermission(permission) }),
    ...(health === undefined ? {} : { health }),
  };
}

export function toWirePermission(permission: Permission): WirePermission {
  return { read: permission.read, write: permission.write, admin: permission.admin };
}
