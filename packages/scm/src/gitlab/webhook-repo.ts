import type { Visibility } from '@sortie/core/repo';
import { cleanLine } from '../clean-text.ts';
import { amount, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';

/** Where GitLab takes pictures of accounts from. */
export const PICTURE_HOSTS = ['gravatar.com'] as const;
const LEVELS: ReadonlyMap<number | undefined, Visibility> = new Map([
  [0, 'private'],
  [10, 'internal'],
  [20, 'public'],
]);

/** The project of a payload. Addresses on another host are left out. */
export function readHookRepo(server: URL, uid: string, project: unknown): HookRepo {
  const slug = readSlug(text(project, 'path_with_namespace'));
  const visibility = LEVELS.get(amount(project, 'visibility_level'));
  return {
    uid,
    ...splitSlug(slug),
    slug,
    link: ownAddress(text(project, 'web_url'), [server.origin]),
    branch: cleanLine(text(project, 'default_branch')),
    private: visibility !== 'public',
    ...(visibility !== undefined && { visibility }),
    httpUrl: ownAddress(text(project, 'git_http_url'), [server.origin]),
    sshUrl: ownSshAddress(text(project, 'git_ssh_url'), server.hostname),
  };
}
