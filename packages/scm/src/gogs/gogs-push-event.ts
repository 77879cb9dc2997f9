import { cleanLine } from '../clean-text.ts';
import { list, member, text } from '../fields.ts';
import { isRefName, isZeroSha, shortRef } from '../git-names.ts';
import type { HookBuild, HookLookup, HookMapping } from '../hook-event.ts';
import { ownAddress } from '../own-address.ts';
import { encodePath } from '../path.ts';
import { refuse } from '../webhook-body.ts';
import {
  baseBuild,
  fromCommit,
  type GogsDelivery,
  ignored,
  mapped,
  shaOrEmpty,
  shaRefusal,
  ZERO,
} from './gogs-events.ts';

const MAX_COMMITS = 10_000;

/** A push: branches build; a short ref comes from a mirror and is looked up; everything else is ignored. */
export function mapPush(delivery: GogsDelivery): HookMapping {
  const { body } = delivery;
  const ref = text(body, 'ref');
  const after = text(body, 'after');
  const commits = member(body, 'commits') ?? [];
  if (!isRefName(ref)) return refuse('the body holds an unusable ref');
  if (!Array.isArray(commits) || commits.length > MAX_COMMITS)
    return refuse('the list of commits is unusable');
  if (ref === 'HEAD') return ignored(delivery, 'not a branch');
  if (isZeroSha(after)) return ignored(delivery, 'nothing was pushed');
  const isShort = !ref.startsWith('refs/');
  if (after === '') {
    if (isShort) return mapped(toPush(delivery, ref, ['short-ref', 'after', 'peel', 'message']));
    return ignored(delivery, 'nothing was pushed');
  }
  const refusal = shaRefusal(after);
  if (refusal !== undefined) return refusal;
  if (isShort) return mapped(toPush(delivery, ref, ['short-ref', 'peel']));
  const tag = shortRef(ref, 'refs/tags/');
  if (tag !== undefined) return mapped(toTagPush(delivery, tag, after));
  if (!ref.startsWith('refs/heads/')) return ignored(delivery, 'not a branch');
  return mapped(toPush(delivery, ref, []));
}

function toPush(delivery: GogsDelivery, ref: string, lookups: readonly HookLookup[]): HookBuild {
  const { body, place, repo } = delivery;
  const after = text(body, 'after');
  // Never the first of the list: after a forced push it holds dropped commits, and a new branch shows old ones.
  const commit = list(body, 'commits').find((candidate) => after !== '' && text(candidate, 'id') === after);
  const compare = text(body, 'compare_url');
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref;
  const base = baseBuild(delivery);
  const login =
    text(commit, 'author', 'username') || text(body, 'pusher', 'username') || text(body, 'pusher', 'login');
  return {
    ...base,
    ...fromCommit(commit),
    event: 'push',
    link: linkOf(compare, after, delivery) || (repo.link && after ? `${repo.link}/commit/${after}` : ''),
    before: shaOrEmpty(member(body, 'before')),
    after,
    ref,
    source: branch,
    target: branch,
    author: cleanLine(login),
    authorAvatar: base.authorAvatar || ownAddress(text(body, 'pusher', 'avatar_url'), place.origins),
    lookups: [
      ...lookups,
      ...(commit === undefined && !lookups.includes('message') ? (['message'] as const) : []),
      ...(isMergeInPage(compare, after) ? (['before'] as const) : []),
    ],
  };
}

/** The comparison of a mirror sync leads nowhere (`/compare/...`), or begins at zero. */
function linkOf(compare: string, after: string, { place }: GogsDelivery): string {
  return after === '' || compare.endsWith('/...') || compare.includes(ZERO)
    ? ''
    : ownAddress(compare, place.origins);
}

/** After a merge on the web page `before` is the merge base, and the comparison ends at the head of the branch. */
function isMergeInPage(compare: string, after: string): boolean {
  const end = /\.\.\.([0-9a-f]{40})$/.exec(compare)?.[1];
  return after !== '' && end !== undefined && end !== after;
}

/** Only mirrors and old versions push tags; source and target stay empty, as Drone leaves them. */
function toTagPush(delivery: GogsDelivery, tag: string, after: string): HookBuild {
  const push = toPush(delivery, `refs/tags/${tag}`, ['peel', 'message']);
  return {
    ...push,
    event: 'tag',
    action: 'create',
    before: ZERO,
    after,
    source: '',
    target: '',
    link: tagLink(delivery, tag),
  };
}

export function tagLink({ repo }: GogsDelivery, tag: string): string {
  return repo.link === '' ? '' : `${repo.link}/src/${encodePath(tag)}`;
}
