import { createHash } from 'node:crypto';
import { member, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';

/** `KEY/name` of a repository, `~user/name` of a personal one; empty when unusable. */
export function slugOf(repo: unknown): string {
  return readSlug(`${text(repo, 'project', 'key')}/${text(repo, 'slug')}`);
}

/** The repository of a payload, which names no addresses: they follow from its name. */
export function readHookRepo(server: URL, uid: string, repo: unknown): HookRepo {
  const slug = slugOf(repo);
  return {
    uid,
    ...splitSlug(slug),
    slug,
    link: slug && pageOf(server, slug),
    branch: '',
    private: member(repo, 'public') !== true,
    httpUrl: slug && `${server.href}scm/${slug.toLowerCase()}.git`,
    sshUrl: '',
  };
}

/** The page of a repository; personal ones lie below their user. */
export function pageOf(server: URL, slug: string): string {
  const { namespace, name } = splitSlug(slug);
  const owner = namespace.startsWith('~') ? `users/${namespace.slice(1)}` : `projects/${namespace}`;
  return `${server.href}${owner}/repos/${name}`;
}

/** The picture that Gravatar has for a mail address. */
export function gravatarOf(email: string): string {
  if (email === '') return '';
  const digest = createHash('md5').update(email.trim().toLowerCase()).digest('hex');
  return `https://www.gravatar.com/avatar/${digest}.jpg`;
}
