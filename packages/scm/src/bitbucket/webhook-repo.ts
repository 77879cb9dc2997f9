import { cleanLine } from '../clean-text.ts';
import { member, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { ownAddress } from '../own-address.ts';

/** Where Atlassian keeps pictures of accounts. */
export const PICTURE_HOSTS = ['atl-paas.net', 'atlassian.com', 'atlassian.net', 'gravatar.com'] as const;

/** The repository of a payload, which names no clone addresses: they follow from its name. */
export function readHookRepo(server: URL, uid: string, repo: unknown): HookRepo {
  const slug = readSlug(text(repo, 'full_name'));
  return {
    uid,
    ...splitSlug(slug),
    slug,
    link: ownAddress(text(repo, 'links', 'html', 'href'), [server.origin]),
    branch: cleanLine(text(repo, 'mainbranch', 'name')),
    private: member(repo, 'is_private') !== false,
    httpUrl: slug && `${server.href}${slug}.git`,
    sshUrl: slug && `git@${server.hostname}:${slug}.git`,
  };
}

/** Name and address of a raw author line, `Ada <ada@example.test>`. */
export function splitAuthor(raw: string): { readonly name: string; readonly email: string } {
  const [, name = raw, email = ''] = /^([^<]*)<([^<>]*)>\s*$/.exec(raw.slice(0, 500)) ?? [];
  return { name: name.trim(), email: email.trim() };
}
