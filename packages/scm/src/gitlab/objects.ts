import { ScmError } from '../errors.ts';
import { amount, flag, id, list, member, seconds, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { ScmChange, ScmCommit, ScmHook, ScmRepo, ScmSignature, ScmUser } from '../objects.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import type { GitlabApi } from './api.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

const DEVELOPER = 30;
const MAINTAINER = 40;

/** An account; `malformed` without id or login. */
export function toUser({ server }: GitlabApi, user: unknown): ScmUser {
  const uid = id(user, 'id');
  const login = text(user, 'username');
  if (uid === '' || login === '') throw unreadable('account');
  const created = seconds(user, 'created_at');
  return {
    uid,
    login,
    name: text(user, 'name'),
    email: text(user, 'email') || text(user, 'public_email'),
    avatar: pictureAddress(server, PICTURE_HOSTS, text(user, 'avatar_url')),
    ...(created > 0 && { created }),
  };
}

/** A project, in nested groups too; undefined when its name or id cannot be used. */
export function toRepo(api: GitlabApi, project: unknown): ScmRepo | undefined {
  const uid = id(project, 'id');
  const slug = readSlug(text(project, 'path_with_namespace'));
  if (uid === '' || slug === '') return undefined;
  const visibility = text(project, 'visibility');
  const level = Math.max(
    amount(project, 'permissions', 'project_access', 'access_level') ?? 0,
    amount(project, 'permissions', 'group_access', 'access_level') ?? 0,
  );
  return {
    uid,
    ...splitSlug(slug),
    slug,
    httpUrl: ownAddress(text(project, 'http_url_to_repo'), api.origins),
    sshUrl: ownSshAddress(text(project, 'ssh_url_to_repo'), api.server.hostname),
    link: ownAddress(text(project, 'web_url'), api.origins),
    branch: text(project, 'default_branch'),
    private: visibility !== 'public',
    visibility: visibility === 'public' || visibility === 'internal' ? visibility : 'private',
    archived: flag(project, 'archived'),
    empty: flag(project, 'empty_repo'),
    fork: member(project, 'forked_from_project') !== undefined,
    perm: { read: true, write: level >= DEVELOPER, admin: level >= MAINTAINER },
  };
}

/** A commit. GitLab names people only, no accounts. */
export function toCommit(api: GitlabApi, commit: unknown): ScmCommit {
  const sha = text(commit, 'id');
  if (!isSha(sha)) throw unreadable('commit');
  return {
    sha,
    message: text(commit, 'message'),
    link: ownAddress(text(commit, 'web_url'), api.origins),
    author: toSignature(commit, 'author'),
    committer: toSignature(commit, 'committer'),
  };
}

function toSignature(commit: unknown, role: 'author' | 'committer'): ScmSignature {
  const date = seconds(commit, role === 'author' ? 'authored_date' : 'committed_date');
  return {
    login: '',
    name: text(commit, `${role}_name`),
    email: text(commit, `${role}_email`),
    date: date || seconds(commit, 'created_at'),
    avatar: '',
  };
}

/** A webhook of a project. */
export function toHook(hook: unknown): ScmHook {
  const hookId = id(hook, 'id');
  if (hookId === '') throw unreadable('hook');
  const kinds = ['push_events', 'tag_push_events', 'merge_requests_events'];
  return {
    id: hookId,
    target: text(hook, 'url'),
    events: kinds.filter((kind) => flag(hook, kind)),
    active: !text(hook, 'alert_status').startsWith('disabled'),
    skipVerify: member(hook, 'enable_ssl_verification') === false,
  };
}

/** The files of a diff. */
export function toChanges(diffs: unknown): readonly ScmChange[] {
  return list(diffs).flatMap((diff) => {
    const path = text(diff, 'new_path');
    const previousPath = text(diff, 'old_path');
    const isRenamed = flag(diff, 'renamed_file');
    if (path === '') return [];
    return [
      {
        path,
        added: flag(diff, 'new_file'),
        renamed: isRenamed,
        deleted: flag(diff, 'deleted_file'),
        ...(isRenamed && previousPath !== '' && { previousPath }),
      },
    ];
  });
}

/** The error for an answer in which something is missing. */
export function unreadable(what: string): ScmError {
  return new ScmError('malformed', `The Git service describes the ${what} in a way that cannot be read.`);
}
