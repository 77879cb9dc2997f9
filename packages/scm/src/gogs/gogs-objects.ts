import { cleanLine } from '../clean-text.ts';
import { ScmError } from '../errors.ts';
import { flag, id, isRecord, list, member, seconds, text } from '../fields.ts';
import { isSha } from '../git-names.ts';
import type { ScmCommit, ScmHook, ScmPerm, ScmRepo, ScmSignature, ScmUser } from '../objects.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import { encodePath } from '../path.ts';

/** Where addresses in answers may lead to. */
export interface GogsPlace {
  /** Address that people open, with a slash at its end. */
  readonly link: string;
  readonly origins: readonly string[];
}

/** Throws `malformed` when there is no id or login. */
export function toUser(body: unknown, place: GogsPlace): ScmUser {
  const uid = id(body, 'id');
  const login = text(body, 'username') || text(body, 'login');
  if (uid === '' || login === '') throw unreadable('account');
  return {
    uid,
    login,
    name: decodeEntities(text(body, 'full_name')),
    email: text(body, 'email'),
    avatar: avatarOf(body, place),
  };
}

/** Old versions give a path, very old ones one with `//avatars/`. */
export function avatarOf(user: unknown, { link, origins }: GogsPlace): string {
  const given = text(user, 'avatar_url');
  if (given === '') return '';
  const path = given.replace(/^\/+/, '');
  return ownAddress(/^https?:/.test(given) ? given : (URL.parse(path, link)?.href ?? ''), origins);
}

/** The name in API answers is made safe for HTML. */
function decodeEntities(value: string): string {
  const plain = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return value.replace(
    /&(?:lt|gt|#34|quot|#39|amp);/g,
    (found) => Object.entries(plain).find(([entity]) => entity === found)?.[1] ?? found,
  );
}

/** `canTrustPerm` is false for lists that claim full rights for everybody. Throws `malformed` without id or name. */
export function toRepo(body: unknown, place: GogsPlace, canTrustPerm: boolean): ScmRepo {
  const uid = id(body, 'id');
  const slug = text(body, 'full_name');
  const [namespace = '', name = '', ...rest] = slug.split('/');
  if (uid === '' || namespace === '' || name === '' || rest.length > 0) throw unreadable('repository');
  const isPrivate = flag(body, 'private');
  const perm = member(body, 'permissions');
  return {
    uid,
    namespace,
    name,
    slug,
    httpUrl: ownAddress(text(body, 'clone_url'), place.origins),
    sshUrl: ownSshAddress(text(body, 'ssh_url'), new URL(place.link).hostname),
    link: ownAddress(text(body, 'html_url'), place.origins) || place.link + encodePath(slug),
    branch: text(body, 'default_branch'),
    private: isPrivate,
    visibility: isPrivate ? 'private' : 'public',
    archived: false,
    empty: flag(body, 'empty'),
    fork: flag(body, 'fork'),
    ...(canTrustPerm && isRecord(perm) && { perm: toPerm(perm) }),
  };
}

function toPerm(perm: unknown): ScmPerm {
  const admin = flag(perm, 'admin');
  const write = admin || flag(perm, 'push');
  return { admin, write, read: write || flag(perm, 'pull') };
}

/** A commit of the commit API: only the first line of the message. `sha` must be a commit's, see `gogs-commits`. */
export function toCommit(body: unknown, slug: string, place: GogsPlace): ScmCommit {
  const sha = text(body, 'sha');
  if (!isSha(sha)) throw unreadable('commit');
  return {
    sha,
    message: text(body, 'commit', 'message'),
    link: commitLink(slug, sha, place),
    author: signature(member(body, 'commit', 'author'), member(body, 'author'), place),
    committer: signature(member(body, 'commit', 'committer'), member(body, 'committer'), place),
  };
}

function signature(person: unknown, user: unknown, place: GogsPlace): ScmSignature {
  return {
    login: text(user, 'username') || text(user, 'login'),
    name: cleanLine(text(person, 'name')),
    email: cleanLine(text(person, 'email')),
    date: seconds(person, 'date'),
    avatar: avatarOf(user, place),
  };
}

/** A commit of the branch API and of webhooks: the whole message, `id` instead of `sha`. */
export function toBranchCommit(body: unknown, slug: string, place: GogsPlace): ScmCommit {
  const sha = text(body, 'id');
  if (!isSha(sha)) throw unreadable('commit');
  const person = (key: string): ScmSignature => ({
    login: text(body, key, 'username'),
    name: cleanLine(text(body, key, 'name')),
    email: cleanLine(text(body, key, 'email')),
    date: seconds(body, 'timestamp'),
    avatar: '',
  });
  return {
    sha,
    message: text(body, 'message'),
    link: commitLink(slug, sha, place),
    author: person('author'),
    committer: person('committer'),
  };
}

export function commitLink(slug: string, sha: string, { link }: GogsPlace): string {
  return `${link}${encodePath(slug)}/commit/${sha}`;
}

export function toHook(body: unknown): ScmHook {
  const hookId = id(body, 'id');
  if (hookId === '') throw unreadable('hook');
  return {
    id: hookId,
    target: text(body, 'config', 'url'),
    events: list(body, 'events').filter((event) => typeof event === 'string'),
    active: flag(body, 'active'),
    skipVerify: false,
  };
}

/** The elements of an answer that must be an array. */
export function elements(body: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(body)) throw unreadable(what);
  return list(body);
}

function unreadable(what: string): ScmError {
  return new ScmError('malformed', `The Git service describes the ${what} in a way that cannot be read.`);
}
