import { cleanLine, cleanText } from '../clean-text.ts';
import { amount, flag, id, isRecord, member, text } from '../fields.ts';
import { isRefName, isZeroSha } from '../git-names.ts';
import type { HookBuild, HookHead, HookMapping } from '../hook-event.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import {
  baseBuild,
  type GogsDelivery,
  ignored,
  isWrongObject,
  mapped,
  shaOrEmpty,
  shaRefusal,
  ZERO,
} from './gogs-events.ts';
import { avatarOf } from './gogs-objects.ts';
import { tagLink } from './gogs-push-event.ts';
import { usableSlug } from './gogs-webhook.ts';

const MAX_PULL = 2 ** 31 - 1;

/** Tags build; branches come with a push of their own. */
export function mapCreate(delivery: GogsDelivery): HookMapping {
  const kind = text(delivery.body, 'ref_type');
  if (kind === 'branch') return ignored(delivery, 'the push of the branch comes by itself');
  if (kind !== 'tag') return ignored(delivery, 'neither a branch nor a tag');
  const tag = text(delivery.body, 'ref');
  const sha = text(delivery.body, 'sha');
  if (!isRefName(tag)) return refuse('the body holds an unusable ref');
  if (isZeroSha(sha)) return ignored(delivery, 'nothing was pushed');
  const refusal = sha === '' ? undefined : shaRefusal(sha);
  return refusal ?? mapped(toTag(delivery, tag, sha));
}

/** `sha` may be a tag object, a tree, or missing before 0.12. */
function toTag(delivery: GogsDelivery, tag: string, sha: string): HookBuild {
  return {
    ...baseBuild(delivery),
    event: 'tag',
    action: 'create',
    link: tagLink(delivery, tag),
    before: ZERO,
    after: sha,
    ref: `refs/tags/${tag}`,
    target: tag,
    lookups: [...(sha === '' ? (['after'] as const) : []), 'peel', 'message'],
  };
}

/** A release is the only sign of the tag that it makes; for an existing tag the build has been made already. */
export function mapRelease(delivery: GogsDelivery): HookMapping {
  const release = member(delivery.body, 'release');
  if (text(delivery.body, 'action') !== 'published') return ignored(delivery, 'not a published release');
  if (flag(release, 'draft')) return ignored(delivery, 'a draft');
  const tag = text(release, 'tag_name');
  if (!isRefName(tag)) return refuse('the release names no usable tag');
  const build = toTag(delivery, tag, '');
  return mapped({ ...build, lookups: [...build.lookups, 'built-before'] });
}

export function mapDelete(delivery: GogsDelivery): HookMapping {
  const { body, repo, deliveryId } = delivery;
  const branch = text(body, 'ref');
  if (text(body, 'ref_type') !== 'branch') return ignored(delivery, 'not a branch');
  if (!isRefName(branch)) return refuse('the body holds an unusable ref');
  const { sender } = baseBuild(delivery);
  return mapped({ kind: 'branchDeleted', branch, sender, repo, deliveryId });
}

const PULL_BUILDS = ['opened', 'synchronized', 'reopened'] as const;

/** The payload names no commit at all: head and base are looked up. */
export function mapPull(delivery: GogsDelivery): HookMapping {
  const { body, repo, deliveryId } = delivery;
  const pull = member(body, 'pull_request');
  const number = amount(body, 'number') ?? 0;
  if (!Number.isInteger(number) || number < 1 || number > MAX_PULL)
    return refuse('the pull request has no usable number');
  const action = text(body, 'action');
  const { sender } = baseBuild(delivery);
  if (action === 'closed')
    return mapped({
      kind: 'pullClosed',
      pull: number,
      isMerged: flag(pull, 'merged'),
      sender,
      repo,
      deliveryId,
    });
  const build = PULL_BUILDS.find((candidate) => candidate === action);
  if (build === undefined) return ignored(delivery, 'no change of the code');
  const base = text(pull, 'base_branch');
  const head = text(pull, 'head_branch');
  const isUnusable = !isRefName(base) || !isRefName(head) || isWrongObject(member(pull, 'head_repo'));
  return isUnusable
    ? refuse('the pull request names no usable branches')
    : mapped(toPull(delivery, number, build));
}

function toPull(delivery: GogsDelivery, number: number, action: (typeof PULL_BUILDS)[number]): HookBuild {
  const { body, place } = delivery;
  const pull = member(body, 'pull_request');
  const user = member(pull, 'user');
  const base = baseBuild(delivery);
  const title = cleanLine(text(pull, 'title'));
  const head = toHead(pull, delivery);
  const after = shaOrEmpty(member(pull, 'head', 'sha'));
  const before = shaOrEmpty(member(pull, 'base', 'sha'));
  return {
    ...base,
    event: 'pull_request',
    action,
    link: ownAddress(text(pull, 'html_url'), place.origins),
    title,
    message: cleanText(text(pull, 'body')) || title,
    before,
    after,
    ref: `refs/pull/${number}/head`,
    fork: head.slug,
    source: text(pull, 'head_branch'),
    target: text(pull, 'base_branch'),
    author: cleanLine(text(user, 'username') || text(user, 'login')),
    authorName: cleanLine(text(user, 'full_name')),
    authorEmail: cleanLine(text(user, 'email')),
    authorAvatar: avatarOf(user, place),
    pull: number,
    head,
    lookups: [
      ...(after === '' ? (['after'] as const) : []),
      ...(before === '' ? (['before'] as const) : []),
      ...(action === 'synchronized' ? (['built-before'] as const) : []),
    ],
  };
}

/** The placeholder of a deleted head repository has id 0 and no full name. */
function toHead(pull: unknown, { place }: GogsDelivery): HookHead {
  const repo = member(pull, 'head_repo');
  const uid = isRecord(repo) ? id(repo, 'id') : '';
  const slug = uid === '' ? '' : usableSlug(repo);
  const httpUrl = slug === '' ? '' : ownAddress(text(repo, 'clone_url'), place.origins);
  return { uid, slug, httpUrl, branch: text(pull, 'head_branch') };
}
