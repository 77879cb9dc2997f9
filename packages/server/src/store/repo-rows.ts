import { FORK_APPROVALS, FORK_CONFIGS } from '@sortie/core/approval';
import type { Repo } from '@sortie/core/repo';
import type { Selectable, Updateable } from 'kysely';
import { toFlag } from './columns.ts';
import type { ReposTable } from './tables-repos.ts';

/** Row to domain. */
export function toRepo(row: Selectable<ReposTable>): Repo {
  return {
    id: row.id,
    connectionId: row.connection_id,
    uid: row.uid,
    userId: row.user_id,
    namespace: row.namespace,
    name: row.name,
    slug: row.slug,
    serviceSlug: row.service_slug,
    httpUrl: row.http_url,
    sshUrl: row.ssh_url,
    link: row.link,
    defaultBranch: row.default_branch,
    isPrivate: row.is_private === 1,
    visibility: row.visibility,
    isActive: row.is_active === 1,
    configPath: row.config_path,
    isTrusted: row.is_trusted === 1,
    isProtected: row.is_protected === 1,
    ignoreForks: row.ignore_forks === 1,
    ignorePullRequests: row.ignore_pull_requests === 1,
    ignoreReopened: row.ignore_reopened === 1,
    // An unknown word, of a later release perhaps, must not open what was closed.
    forkApproval: FORK_APPROVALS.find((word) => word === (row.fork_approval || 'default')) ?? 'always',
    forkConfig: FORK_CONFIGS.find((word) => word === (row.fork_config || 'head')) ?? 'base',
    autoCancelPullRequests: row.auto_cancel_pull_requests === 1,
    autoCancelPushes: row.auto_cancel_pushes === 1,
    autoCancelRunning: row.auto_cancel_running === 1,
    autoCancelClosed: row.auto_cancel_closed === 1,
    allowPush: row.allow_push === 1,
    allowTags: row.allow_tags === 1,
    allowDeploys: row.allow_deploys === 1,
    avatarUrl: row.avatar_url,
    timeoutMinutes: row.timeout_minutes,
    throttle: row.throttle,
    counter: row.counter,
    synced: row.synced,
    created: row.created,
    updated: row.updated,
    version: row.version,
  };
}

/** Domain to row; what the patch does not name stays `undefined`. */
export function toRepoColumns(repo: Partial<Repo>): Updateable<ReposTable> {
  return {
    connection_id: repo.connectionId,
    uid: repo.uid,
    user_id: repo.userId,
    namespace: repo.namespace,
    name: repo.name,
    slug: repo.slug,
    service_slug: repo.serviceSlug,
    http_url: repo.httpUrl,
    ssh_url: repo.sshUrl,
    link: repo.link,
    default_branch: repo.defaultBranch,
    is_private: toFlag(repo.isPrivate),
    visibility: repo.visibility,
    is_active: toFlag(repo.isActive),
    config_path: repo.configPath,
    is_trusted: toFlag(repo.isTrusted),
    is_protected: toFlag(repo.isProtected),
    ignore_forks: toFlag(repo.ignoreForks),
    ignore_pull_requests: toFlag(repo.ignorePullRequests),
    ignore_reopened: toFlag(repo.ignoreReopened),
    fork_approval: repo.forkApproval,
    fork_config: repo.forkConfig,
    auto_cancel_pull_requests: toFlag(repo.autoCancelPullRequests),
    auto_cancel_pushes: toFlag(repo.autoCancelPushes),
    auto_cancel_running: toFlag(repo.autoCancelRunning),
    auto_cancel_closed: toFlag(repo.autoCancelClosed),
    allow_push: toFlag(repo.allowPush),
    allow_tags: toFlag(repo.allowTags),
    allow_deploys: toFlag(repo.allowDeploys),
    avatar_url: repo.avatarUrl,
    timeout_minutes: repo.timeoutMinutes,
    throttle: repo.throttle,
    counter: repo.counter,
    synced: repo.synced,
    created: repo.created,
    updated: repo.updated,
  };
}
