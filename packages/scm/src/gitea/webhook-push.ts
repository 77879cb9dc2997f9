import { member, seconds, text } from '../fields.ts';
import type { HookBuild, HookMapping } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  type NamedRef,
  readCommitId,
  readCommits,
  readRef,
} from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { loginOf } from './webhook-repo.ts';

type Body = Readonly<Record<string, unknown>>;

/** A push of a branch or a tag (scm.md 3.1, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Body): HookMapping {
  const isOtherEvent = Object.hasOwn(body, 'pull_request') || Object.hasOwn(body, 'ref_type');
  if (isOtherEvent) return refuse('the body does not belong to the event in the header');
  const ref = readRef(member(body, 'ref'));
  if (isRefusal(ref)) return ref;
  const after = readCommitId(member(body, 'after'));
  if (isRefusal(after)) return after;
  const commits = readCommits(member(body, 'commits'));
  if (isRefusal(commits)) return commits;
  if (after === undefined) return mapped(ignore(base, 'the ref was deleted'));
  const isShort = !ref.ref.startsWith('refs/') && ref.ref !== 'HEAD';
  if (ref.kind === 'other' && !isShort) return mapped(ignore(base, 'the ref is no branch and no tag'));
  return mapped(buildOf(base, pushFields({ server, base, body, ref, after, commits })));
}

interface Push {
  readonly server: URL;
  readonly base: HookBase;
  readonly body: Body;
  readonly ref: NamedRef;
  readonly after: string;
  readonly commits: readonly unknown[];
}

function pushFields({ server, base, body, ref, after, commits }: Push) {
  const isTag = ref.kind === 'tag';
  // Of an annotated tag `after` is the tag object, and only `head_commit` names the commit.
  const headId = text(member(body, 'head_commit'), 'id').toLowerCase();
  const isPeeled = isTag && /^[0-9a-f]{40}$/.test(headId);
  const sha = isPeeled ? headId : after;
  const listed = [member(body, 'head_commit'), ...commits].find(
    (commit) => text(commit, 'id').toLowerCase() === sha,
  );
  const lookups: HookBuild['lookups'] = [
    ...(ref.kind === 'other' ? (['short-ref'] as const) : []),
    ...(isTag && !isPeeled ? (['peel'] as const) : []),
    ...(listed === undefined ? (['message'] as const) : []),
  ];
  return {
    event: isTag ? ('tag' as const) : ('push' as const),
    action: isTag ? ('create' as const) : ('' as const),
    ref: ref.ref,
    before: earlierCommit(member(body, 'before')),
    after: sha,
    source: isTag ? '' : ref.name,
    target: isTag ? '' : ref.name,
    link:
      ownAddress(text(body, 'compare_url'), [server.origin]) ||
      (base.repo.link && `${base.repo.link}/commit/${sha}`),
    lookups,
    ...authorFields(server, body, listed, commits[0]),
  };
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
