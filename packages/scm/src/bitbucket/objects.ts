import { ScmError } from '../errors.ts';
import { flag, list, member, seconds, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type {
  ScmChange,
  ScmCommit,
  ScmEntry,
  ScmHook,
  ScmPerm,
  ScmRepo,
  ScmSignature,
  ScmUser,
} from '../objects.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import type { BitbucketApi } from './api.ts';
import { PICTURE_HOSTS, splitAuthor } from './webhook-repo.ts';

/** An account. Bitbucket has no user names any more: the nickname is the login and the uuid the identity. */
export function toUser({ server }: BitbucketApi, user: unknown): ScmUser {
  const uid = text(user, 'uuid');
  const login = text(user, 'nickname');
  if (uid === '' || login === '') throw unreadable('account');
  const created = seconds(user, 'created_on');
  return {
    uid,
    login,
    name: text(user, 'display_name'),
    email: '',
    avatar: pictureAddress(server, PICTURE_HOSTS, text(user, 'links', 'avatar', 'href')),
    ...(created > 0 && { created }),
  };
}

/** A repository; undefined when its name or id cannot be used. */
export function toRepo(api: BitbucketApi, repo: unknown, perm?: ScmPerm): ScmRepo | undefined {
  const uid = text(repo, 'uuid');
  const slug = readSlug(text(repo, 'full_name'));
  if (uid === '' || slug === '') return undefined;
  const isPrivate = member(repo, 'is_private') !== false;
  const clones = list(repo, 'links', 'clone');
  const cloneOf = (name: string) =>
    text(
      clones.find((clone) => text(clone, 'name') === name),
      'href',
    );
  return {
    uid,
    ...splitSlug(slug),
    slug,
    httpUrl: ownAddress(withoutUser(cloneOf('https')), [api.server.origin]),
    sshUrl: ownSshAddress(cloneOf('ssh'), api.server.hostname),
    link: ownAddress(text(repo, 'links', 'html', 'href'), [api.server.origin]),
    branch: text(repo, 'mainbranch', 'name'),
    private: isPrivate,
    visibility: isPrivate ? 'private' : 'public',
    archived: false,
    empty: member(repo, 'mainbranch') === null,
    fork: member(repo, 'parent') !== undefined && member(repo, 'parent') !== null,
    ...(perm !== undefined && { perm }),
  };
}

/** The https address names the account that asked. */
function withoutUser(address: string): string {
  return address.replace(/^https:\/\/[^@/]*@/, 'https://');
}

/** `admin`, `write` or `read`. */
export function toPerm(permission: string): ScmPerm {
  const admin = permission === 'admin';
  const write = admin || permission === 'write';
  return { read: write || permission === 'read', write, admin };
}

/** A commit. Bitbucket names a committer nowhere. */
export function toCommit(api: BitbucketApi, commit: unknown): ScmCommit {
  const sha = text(commit, 'hash');
  if (!isSha(sha)) throw unreadable('commit');
  const author: ScmSignature = {
    login: text(commit, 'author', 'user', 'nickname'),
    ...splitAuthor(text(commit, 'author', 'raw')),
    date: seconds(commit, 'date'),
    avatar: pictureAddress(
      api.server,
      PICTURE_HOSTS,
      text(commit, 'author', 'user', 'links', 'avatar', 'href'),
    ),
  };
  return {
    sha,
    message: text(commit, 'message'),
    link: ownAddress(text(commit, 'links', 'html', 'href'), [api.server.origin]),
    author,
    committer: author,
  };
}

/** What the path is, by its meta data. */
export function kindOf(meta: unknown): ScmEntry['kind'] {
  const attributes = list(meta, 'attributes');
  if (text(meta, 'type') === 'commit_directory') return 'dir';
  if (attributes.includes('link')) return 'symlink';
  return attributes.includes('subrepository') ? 'submodule' : 'file';
}

/** One file of a diffstat. */
export function toChange(change: unknown): ScmChange[] {
  const status = text(change, 'status');
  const before = text(change, 'old', 'path');
  const path = text(change, 'new', 'path') || before;
  if (path === '') return [];
  const isRenamed = status === 'renamed';
  return [
    {
      path,
      added: status === 'added',
      renamed: isRenamed,
      deleted: status === 'removed',
      ...(isRenamed && before !== '' && { previousPath: before }),
    },
  ];
}

/** A webhook of a repository. */
export function toHook(hook: unknown): ScmHook {
  const hookId = text(hook, 'uuid');
  if (hookId === '') throw unreadable('hook');
  return {
    id: hookId,
    target: text(hook, 'url'),
    events: list(hook, 'events').filter((event) => typeof event === 'string'),
    active: flag(hook, 'active'),
    skipVerify: flag(hook, 'skip_cert_verification'),
  };
}

/** The error for an answer in which something is missing. */
export function unreadable(what: string): ScmError {
  return new ScmError('malformed', `The Git service describes the ${what} in a way that cannot be read.`);
}
