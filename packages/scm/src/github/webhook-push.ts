import { seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import { buildOf, type HookBase, mapped } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { readPush } from '../hub/webhook-push.ts';
import { ownAddress } from '../own-address.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

type Body = Readonly<Record<string, unknown>>;
const RULES = { foreign: ['pull_request', 'ref_type', 'deployment'], takesShortRefs: false } as const;

/** A push of a branch or a tag (scm.md 3.2, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Body): HookMapping {
  const push = readPush(base, body, RULES);
  if (push.kind !== 'pushed') return push;
  const { facts, lookups, commit, commits } = push;
  const baseBranch = text(body, 'base_ref').replace(/^refs\/heads\//, '');
  return mapped(
    buildOf(base, {
      ...facts,
      target: facts.event === 'tag' ? baseBranch : facts.source,
      link: ownAddress(text(body, 'compare'), [server.origin]),
      lookups,
      message: text(commit ?? commits.at(-1), 'message'),
      timestamp: seconds(commit, 'timestamp'),
      author: text(commit, 'author', 'username') || text(body, 'sender', 'login'),
      authorName: text(commit, 'author', 'name'),
      authorEmail: text(commit, 'author', 'email'),
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(body, 'sender', 'avatar_url')),
    }),
  );
}
