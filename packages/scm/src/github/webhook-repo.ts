import { VISIBILITIES } from '@sortie/core/repo';
import { cleanLine } from '../clean-text.ts';
import { flag, text } from '../fields.ts';
import type { HookRepo } from '../hook-event.ts';
import { readSlug, splitSlug } from '../hooks/mapping.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';

/** Where GitHub keeps pictures of accounts. */
export const PICTURE_HOSTS = ['githubusercontent.com'] as const;

/** The repository of a payload. Addresses on another host are left out. */
export function readHookRepo(server: URL, uid: string, repo: unknown): HookRepo {
  const slug = readSlug(text(repo, 'full_name'));
  const visibility = VISIBILITIES.find((word) => word === text(repo, 'visibility'));
  return {
    uid,
    ...splitSlug(slug),
    slug,
    link: ownAddress(text(repo, 'html_url'), [server.origin]),
    branch: cleanLine(text(repo, 'default_branch')),
    private: flag(repo, 'private'),
    ...(visibility !== undefined && { visibility }),
    httpUrl: ownAddress(text(repo, 'clone_url'), [server.origin]),
    sshUrl: ownSshAddress(text(repo, 'ssh_url'), server.hostname),
  };
}
