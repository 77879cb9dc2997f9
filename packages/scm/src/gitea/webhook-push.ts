import { member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import { buildOf, type HookBase, mapped } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { readPush } from '../hub/webhook-push.ts';
import { ownAddress } from '../own-address.ts';
import { loginOf } from './webhook-repo.ts';

type Body = Readonly<Record<string, unknown>>;
const RULES = { foreign: ['pull_request', 'ref_type'], takesShortRefs: true } as const;

/** A push of a branch or a tag (scm.md 3.1, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Body): HookMapping {
  const push = readPush(base, body, RULES);
  if (push.kind !== 'pushed') return push;
  const { facts, lookups, sha, commit, commits } = push;
  const link = ownAddress(text(body, 'compare_url'), [server.origin]);
  return mapped(
    buildOf(base, {
      ...facts,
      target: facts.source,
      link: link || (base.repo.link && `${base.repo.link}/commit/${sha}`),
      lookups,
      ...authorFields(server, body, commit, commits[0]),
    }),
  );
}

/** From the commit that was pushed; else from who pushed, with the newest message of the list. */
function authorFields(server: URL, body: Body, commit: unknown, newest: unknown) {
  const pusher = member(body, 'pusher');
  const authorAvatar = pictureAddress(server, [], text(body, 'sender', 'avatar_url'));
  if (commit === undefined)
    return {
      message: text(newest, 'message'),
      author: loginOf(pusher),
      authorName: text(pusher, 'full_name'),
      authorEmail: text(pusher, 'email'),
      authorAvatar,
    };
  return {
    message: text(commit, 'message'),
    timestamp: seconds(commit, 'timestamp'),
    author: text(commit, 'author', 'username') || loginOf(pusher),
    authorName: text(commit, 'author', 'name'),
    authorEmail: text(commit, 'author', 'email'),
    authorAvatar,
  };
}
