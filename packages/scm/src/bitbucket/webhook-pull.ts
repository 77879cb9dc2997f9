import { member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import {
  buildOf,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readBranch,
  readPullNumber,
  readSlug,
} from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

const ACTIONS = { 'pullrequest:created': 'opened', 'pullrequest:updated': 'synchronized' } as const;
const CLOSING = { 'pullrequest:rejected': false, 'pullrequest:fulfilled': true } as const;

/**
 * A pull request (scm.md 3.4, 4.3). Bitbucket Cloud has no refs of pull requests, so the branch that it comes from
 * is built, and its commit id is abbreviated.
 */
export function mapPull(
  server: URL,
  base: HookBase,
  event: string,
  body: Readonly<Record<string, unknown>>,
): HookMapping {
  const pull = member(body, 'pullrequest');
  const number = readPullNumber(member(pull, 'id'));
  if (isRefusal(number)) return number;
  if (isOneOf(CLOSING, event))
    return mapped({ kind: 'pullClosed', pull: number, isMerged: CLOSING[event], ...base });
  if (!isOneOf(ACTIONS, event)) return mapped(ignore(base, 'the pull request has no new code'));
  const target = readBranch(member(pull, 'destination', 'branch', 'name'));
  if (isRefusal(target)) return target;
  const source = readBranch(member(pull, 'source', 'branch', 'name'));
  if (isRefusal(source)) return source;
  const after = text(pull, 'source', 'commit', 'hash').toLowerCase();
  if (!/^[0-9a-f]{7,40}$/.test(after)) return refuse('the body has no usable commit id');
  const origin = member(pull, 'source', 'repository');
  const slug = readSlug(text(origin, 'full_name'));
  const title = text(pull, 'title');
  const ref = `refs/heads/${source}`;
  const httpUrl = slug && `${server.href}${slug}.git`;
  const isFork = slug !== '' && slug.toLowerCase() !== base.repo.slug.toLowerCase();
  return mapped(
    buildOf(base, {
      event: 'pull_request',
      action: ACTIONS[event],
      ref,
      after,
      source,
      target,
      pull: number,
      fork: slug,
      head: { uid: text(origin, 'uuid'), slug, httpUrl, branch: source },
      // The repository itself never holds the commit of a fork.
      ...(isFork ? { readFrom: { slug, httpUrl, ref } } : {}),
      link: ownAddress(text(pull, 'links', 'html', 'href'), [server.origin]),
      title,
      message: text(pull, 'description') || title,
      timestamp: seconds(pull, 'created_on'),
      author: text(pull, 'author', 'nickname'),
      authorName: text(pull, 'author', 'display_name'),
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(pull, 'author', 'links', 'avatar', 'href')),
      lookups: after.length < 40 ? ['expand', 'before'] : ['before'],
    }),
  );
}

function isOneOf<T extends object>(table: T, event: string): event is Extract<keyof T, string> {
  return Object.hasOwn(table, event);
}
