import { ScmError } from '../errors.ts';
import { amount, flag, id, list, member, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import { splitSlug } from '../hooks/mapping.ts';
import type {
  ScmChange,
  ScmCommit,
  ScmHook,
  ScmPerm,
  ScmRef,
  ScmRepo,
  ScmSignature,
  ScmUser,
} from '../objects.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import { pathOf, type StashApi } from './api.ts';
import { gravatarOf, pageOf, slugOf } from './webhook-repo.ts';

/** An account; `malformed` without id or slug. */
export function toUser(user: unknown): ScmUser {
  const uid = id(user, 'id');
  const login = text(user, 'slug');
  if (uid === '' || login === '') throw unreadable('account');
  const email = text(user, 'emailAddress');
  return { uid, login, name: text(user, 'displayName'), email, avatar: gravatarOf(email) };
}

export interface RepoContext {
  readonly api: StashApi;
  /** Empty when the repository is, or when it was not asked for. */
  readonly branch: string;
  readonly isEmpty: boolean;
  readonly perm: ScmPerm;
}

/** A repository; undefined when its name or id cannot be used. */
export function toRepo({ api, branch, isEmpty, perm }: RepoContext, repo: unknown): ScmRepo | undefined {
  const uid = id(repo, 'id');
  const slug = slugOf(repo);
  if (uid === '' || slug === '') return undefined;
  const clones = list(repo, 'links', 'clone');
  const cloneOf = (name: string) =>
    text(
      clones.find((clone) => text(clone, 'name') === name),
      'href',
    );
  const isPrivate = !flag(repo, 'public');
  return {
    uid,
    ...splitSlug(slug),
    slug,
    httpUrl: ownAddress(withoutUser(cloneOf('http')), api.origins),
    sshUrl: ownSshAddress(cloneOf('ssh'), api.server.hostname),
    link: pageOf(api.server, slug),
    branch,
    private: isPrivate,
    visibility: isPrivate ? 'private' : 'public',
    archived: flag(repo, 'archived'),
    empty: isEmpty,
    fork: member(repo, 'origin') !== undefined,
    perm,
  };
}

/** The address may name the account that asked. */
function withoutUser(address: string): string {
  return address.replace(/^(https?:\/\/)[^@/]*@/, '$1');
}

/** A commit; times come in milliseconds. */
export function toCommit(api: StashApi, slug: string, commit: unknown): ScmCommit {
  const sha = text(commit, 'id');
  if (!isSha(sha)) throw unreadable('commit');
  return {
    sha,
    message: text(commit, 'message'),
    link: `${pageOf(api.server, slug)}/commits/${sha}`,
    author: toSignature(commit, 'author'),
    committer: toSignature(commit, 'committer'),
  };
}

function toSignature(commit: unknown, role: 'author' | 'committer'): ScmSignature {
  const person = member(commit, role);
  const email = text(person, 'emailAddress');
  const date = Math.floor((amount(commit, `${role}Timestamp`) ?? 0) / 1000);
  // People without an account have a name and no slug.
  return {
    login: text(person, 'slug'),
    name: text(person, 'displayName') || text(person, 'name'),
    email,
    date,
    avatar: gravatarOf(email),
  };
}

/** A branch, or a tag, whose `hash` is the tag object of an annotated one. */
export function toRef(ref: unknown, prefix: 'refs/heads/' | 'refs/tags/'): ScmRef {
  const name = text(ref, 'displayId');
  const commit = text(ref, 'latestCommit');
  if (name === '' || !isSha(commit)) throw unreadable('ref');
  const tagObject = text(ref, 'hash');
  const isAnnotated = prefix === 'refs/tags/' && isSha(tagObject) && tagObject !== commit;
  return {
    name: prefix + name,
    sha: isAnnotated ? tagObject : commit,
    ...(isAnnotated && { peeled: commit }),
  };
}

/** One changed file. */
export function toChange(change: unknown): ScmChange[] {
  const path = pathOf(member(change, 'path'));
  const type = text(change, 'type');
  const previousPath = pathOf(member(change, 'srcPath'));
  if (path === '') return [];
  return [
    {
      path,
      added: type === 'ADD' || type === 'COPY',
      renamed: type === 'MOVE',
      deleted: type === 'DELETE',
      ...(type === 'MOVE' && previousPath !== '' && { previousPath }),
    },
  ];
}

/** A webhook of a repository. */
export function toHook(hook: unknown): ScmHook {
  const hookId = id(hook, 'id');
  if (hookId === '') throw unreadable('hook');
  return {
    id: hookId,
    target: text(hook, 'url'),
    events: list(hook, 'events').filter((event) => typeof event === 'string'),
    active: flag(hook, 'active'),
    skipVerify: member(hook, 'sslVerificationRequired') === false,
  };
}

/** The error for an answer in which something is missing. */
export function unreadable(what: string): ScmError {
  return new ScmError('malformed', `The Git service describes the ${what} in a way that cannot be read.`);
}
