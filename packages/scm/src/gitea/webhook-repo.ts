import { cleanLine } from '../clean-text.ts';
import { flag, id, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';

/** The repository of a payload. Addresses on another host are left out. */
export function readHookRepo(server: URL, uid: string, repo: unknown): HookRepo {
  const slug = readSlug(text(repo, 'full_name'));
  const isPrivate = flag(repo, 'private');
  return {
    uid: uid || id(repo, 'id'),
    ...splitSlug(slug),
    slug,
    link: ownAddress(text(repo, 'html_url'), [server.origin]),
    branch: cleanLine(text(repo, 'default_branch')),
    private: isPrivate,
    visibility: isPrivate ? 'private' : flag(repo, 'internal') ? 'internal' : 'public',
    httpUrl: ownAddress(text(repo, 'clone_url'), [server.origin]),
    sshUrl: ownSshAddress(text(repo, 'ssh_url'), server.hostname),
  };
}

/** The login of an account; Forgejo and Gitea send it under two names. */
export function loginOf(user: unknown): string {
  return text(user, 'username') || text(user, 'login');
}
