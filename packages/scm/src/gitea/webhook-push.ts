import { member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import { buildOf, type HookBase, mapped } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { type HubPush, readPush } from '../hub/webhook-push.ts';
import { ownAddress } from '../own-address.ts';
import { encodePath } from '../path.ts';
import { loginOf } from './webhook-repo.ts';

type Body = Readonly<Record<string, unknown>>;
const RULES = { foreign: ['pull_request', 'ref_type'], takesShortRefs: true } as const;

/** A push of a branch or a tag (scm.md 3.1, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Body): HookMapping {
  const push = readPush(base, body, RULES);
  if (push.kind !== 'pushed') return push;
  const { facts, lookups, commit, commits } = push;
  return mapped(
    buildOf(base, {
      ...facts,
      target: facts.source,
      link: linkOf(server, body, { repo: base.repo.link, push }),
      lookups,
      ...authorFields(server, body, commit, commits[0]),
    }),
  );
}

/**
 * The page of the comparison. There is none for a tag, which Gitea compares with a commit of zeros, nor for the first push
 * to an empty repository, where it names its own front page.
 */
function linkOf(
  server: URL,
  body: Body,
  { repo, push: { ref, sha } }: { readonly repo: string; readonly push: HubPush },
): string {
  if (ref.kind === 'tag') return repo && `${repo}/src/tag/${encodePath(ref.name)}`;
  const link = ownAddress(text(body, 'compare_url'), [server.origin]);
  return link.includes('/compare/') ? link : repo && `${repo}/commit/${sha}`;
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
