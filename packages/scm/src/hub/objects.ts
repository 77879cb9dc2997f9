import { ScmError } from '../errors.ts';
import { flag, id, member, seconds, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { ScmCommit, ScmHook, ScmPerm, ScmRepo, ScmSignature, ScmUser } from '../objects.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import type { Hub } from './hub.ts';

/** An account; `malformed` without id or login. */
export function toUser(hub: Hub, user: unknown): ScmUser {
  const uid = id(user, 'id');
  const login = text(user, 'username') || text(user, 'login');
  if (uid === '' || login === '') throw unreadable('account');
  const created = seconds(user, 'created_at') || seconds(user, 'created');
  return {
    uid,
    login,
    name: text(user, 'full_name') || text(user, 'name'),
    email: text(user, 'email'),
    avatar: pictureAddress(hub.server, hub.pictureHosts, text(user, 'avatar_url')),
    ...(created > 0 && { created }),
  };
}

/** A repository; undefined when its name or id cannot be used. */
export function toRepo(hub: Hub, repo: unknown): ScmRepo | undefined {
  const uid = id(repo, 'id');
  const slug = readSlug(text(repo, 'full_name'));
  if (uid === '' || slug === '') return undefined;
  const isPrivate = member(repo, 'private') !== false;
  const isInternal = flag(repo, 'internal') || text(repo, 'visibility') === 'internal';
  return {
    uid,
    ...splitSlug(slug),
    slug,
    httpUrl: ownAddress(text(repo, 'clone_url'), hub.origins),
    sshUrl: ownSshAddress(text(repo, 'ssh_url'), hub.server.hostname),
    link: ownAddress(text(repo, 'html_url'), hub.origins),
    branch: text(repo, 'default_branch'),
    private: isPrivate,
    visibility: isInternal ? 'internal' : isPrivate ? 'private' : 'public',
    archived: flag(repo, 'archived'),
    empty: flag(repo, 'empty'),
    fork: flag(repo, 'fork'),
    ...(member(repo, 'permissions') !== undefined && { perm: toPerm(member(repo, 'permissions')) }),
  };
}

/** Each right includes the ones before it, whatever the service says. */
function toPerm(permissions: unknown): ScmPerm {
  const admin = flag(permissions, 'admin');
  const write = admin || flag(permissions, 'maintain') || flag(permissions, 'push');
  return { read: write || flag(permissions, 'triage') || flag(permissions, 'pull'), write, admin };
}

/** A commit; an author without an account has name and mail of the Git data and no login. */
export function toCommit(hub: Hub, commit: unknown): ScmCommit {
  const sha = text(commit, 'sha');
  if (!isSha(sha)) throw unreadable('commit');
  return {
    sha,
    message: text(commit, 'commit', 'message'),
    link: ownAddress(text(commit, 'html_url'), hub.origins),
    author: toSignature(hub, member(commit, 'commit', 'author'), member(commit, 'author')),
    committer: toSignature(hub, member(commit, 'commit', 'committer'), member(commit, 'committer')),
  };
}

function toSignature(hub: Hub, person: unknown, account: unknown): ScmSignature {
  return {
    login: text(account, 'username') || text(account, 'login'),
    name: text(person, 'name'),
    email: text(person, 'email'),
    date: seconds(person, 'date'),
    avatar: pictureAddress(hub.server, hub.pictureHosts, text(account, 'avatar_url')),
  };
}

/** A webhook of a repository. */
export function toHook(hook: unknown): ScmHook {
  const hookId = id(hook, 'id');
  if (hookId === '') throw unreadable('hook');
  const events = member(hook, 'events');
  const insecure = member(hook, 'config', 'insecure_ssl');
  return {
    id: hookId,
    target: text(hook, 'config', 'url'),
    events: Array.isArray(events) ? events.filter((event) => typeof event === 'string') : [],
    active: flag(hook, 'active'),
    skipVerify: insecure === '1' || insecure === 1,
  };
}

/** The error for an answer in which something is missing. */
export function unreadable(what: string): ScmError {
  return new ScmError('malformed', `The Git service describes the ${what} in a way that cannot be read.`);
}
