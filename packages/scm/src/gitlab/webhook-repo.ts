import { cleanLine } from '../clean-text.ts';
import { amount, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';

/** Where GitLab takes pictures of accounts from. */
export const PICTURE_HOSTS = ['gravatar.com'] as const;
const PUBLIC = 20;

/** The project of a payload. Addresses on another host are left out. */
export function readHookRepo(server: URL, uid: string, project: unknown): HookRepo {
  const slug = readSlug(text(project, 'path_with_namespace'));
  return {
    uid,
    ...splitSlug(slug),
    slug,
    link: ownAddress(text(project, 'web_url'), [server.origin]),
    branch: cleanLine(text(project, 'default_branch')),
    private: amount(project, 'visibility_level') !== PUBLIC,
    httpUrl: ownAddress(text(project, 'git_http_url'), [server.origin]),
    sshUrl: ownSshAddress(text(project, 'git_ssh_url'), server.hostname),
  };
}
