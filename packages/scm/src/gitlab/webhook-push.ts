import { member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readCommitId,
  readCommits,
  readRef,
} from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

/** A push of a branch or a tag (scm.md 3.3, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Readonly<Record<string, unknown>>): HookMapping {
  const ref = readRef(member(body, 'ref'));
  if (isRefusal(ref)) return ref;
  const tip = readCommitId(member(body, 'after'));
  if (isRefusal(tip)) return tip;
  const commits = readCommits(member(body, 'commits'));
  if (isRefusal(commits)) return commits;
  const isTag = ref.kind === 'tag';
  if (ref.kind === 'other') return mapped(ignore(base, 'the ref is no branch and no tag'));
  if (tip === undefined && isTag) return mapped(ignore(base, 'the tag was deleted'));
  if (tip === undefined) return mapped({ kind: 'branchDeleted', branch: ref.name, ...base });
  // Of an annotated tag `after` is the tag object, and `checkout_sha` the commit.
  const checkout = earlierCommit(member(body, 'checkout_sha'));
  const after = checkout || tip;
  const commit = commits.find((one) => text(one, 'id').toLowerCase() === after);
  const newest = commits.at(-1);
  return mapped(
    buildOf(base, {
      event: isTag ? 'tag' : 'push',
      action: isTag ? 'create' : '',
      ref: ref.ref,
      before: earlierCommit(member(body, 'before')),
      after,
      source: isTag ? '' : ref.name,
      target: isTag ? '' : ref.name,
      link:
        ownAddress(text(commit, 'url'), [server.origin]) ||
        (base.repo.link && `${base.repo.link}/-/commit/${after}`),
      message: text(commit ?? newest, 'message'),
      timestamp: seconds(commit, 'timestamp'),
      author: text(body, 'user_username'),
      authorName: text(commit, 'author', 'name') || text(body, 'user_name'),
      authorEmail: text(commit, 'author', 'email') || text(body, 'user_email'),
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(body, 'user_avatar')),
      lookups: [
        ...(isTag && checkout === '' ? (['peel'] as const) : []),
        ...(commit === undefined ? (['message'] as const) : []),
      ],
    }),
  );
}
