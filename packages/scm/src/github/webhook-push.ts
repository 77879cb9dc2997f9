import { flag, member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
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
import { PICTURE_HOSTS } from './webhook-repo.ts';

type Body = Readonly<Record<string, unknown>>;

/** A push of a branch or a tag (scm.md 3.2, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Body): HookMapping {
  const isOtherEvent = ['pull_request', 'ref_type', 'deployment'].some((name) => Object.hasOwn(body, name));
  if (isOtherEvent) return refuse('the body does not belong to the event in the header');
  const ref = readRef(member(body, 'ref'));
  if (isRefusal(ref)) return ref;
  const after = readCommitId(member(body, 'after'));
  if (isRefusal(after)) return after;
  const commits = readCommits(member(body, 'commits'));
  if (isRefusal(commits)) return commits;
  if (after === undefined || flag(body, 'deleted')) return mapped(ignore(base, 'the ref was deleted'));
  if (ref.kind === 'other') return mapped(ignore(base, 'the ref is no branch and no tag'));
  return mapped(buildOf(base, pushFields({ server, body, ref, after, commits })));
}

interface Push {
  readonly server: URL;
  readonly body: Body;
  readonly ref: NamedRef;
  readonly after: string;
  readonly commits: readonly unknown[];
}

function pushFields({ server, body, ref, after, commits }: Push) {
  const isTag = ref.kind === 'tag';
  const headCommit = member(body, 'head_commit');
  // Of an annotated tag `after` is the tag object, and only `head_commit` names the commit.
  const headId = text(headCommit, 'id').toLowerCase();
  const isPeeled = isTag && /^[0-9a-f]{40}$/.test(headId);
  const sha = isPeeled ? headId : after;
  const commit = [headCommit, ...commits].find((one) => text(one, 'id').toLowerCase() === sha);
  const baseBranch = text(body, 'base_ref').replace(/^refs\/heads\//, '');
  return {
    event: isTag ? ('tag' as const) : ('push' as const),
    action: isTag ? ('create' as const) : ('' as const),
    ref: ref.ref,
    before: earlierCommit(member(body, 'before')),
    after: sha,
    source: isTag ? '' : ref.name,
    target: isTag ? baseBranch : ref.name,
    link: ownAddress(text(body, 'compare'), [server.origin]),
    lookups: [
      ...(isTag && !isPeeled ? (['peel'] as const) : []),
      ...(commit === undefined ? (['message'] as const) : []),
    ],
    message: text(commit ?? commits.at(-1), 'message'),
    timestamp: seconds(commit, 'timestamp'),
    author: text(commit, 'author', 'username') || text(body, 'sender', 'login'),
    authorName: text(commit, 'author', 'name'),
    authorEmail: text(commit, 'author', 'email'),
    authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(body, 'sender', 'avatar_url')),
  };
}
