import { flag, id, member, seconds, text } from '../fields.ts';
import type { HookMapping } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readPullNumber,
  readPullRefs,
  readSlug,
} from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { loginOf } from './webhook-repo.ts';

const ACTIONS = { opened: 'opened', synchronized: 'synchronized', reopened: 'reopened' } as const;

/** A pull request (scm.md 3.1, 4.3). */
export function mapPull(server: URL, base: HookBase, body: Readonly<Record<string, unknown>>): HookMapping {
  const pull = member(body, 'pull_request');
  if (typeof pull !== 'object' || pull === null || Array.isArray(pull))
    return refuse('the body does not belong to the event in the header');
  const number = readPullNumber(member(body, 'number') ?? member(pull, 'number'));
  if (isRefusal(number)) return number;
  const action = text(body, 'action');
  if (action === 'closed')
    return mapped({ kind: 'pullClosed', pull: number, isMerged: flag(pull, 'merged'), ...base });
  if (!isBuilt(action)) return mapped(ignore(base, 'the pull request has no new code'));
  const refs = readPullRefs({
    target: member(pull, 'base', 'ref'),
    source: member(pull, 'head', 'ref'),
    after: member(pull, 'head', 'sha'),
  });
  if (refs.kind === 'refused') return refs;
  const { target, source, after } = refs;
  const head = member(pull, 'head', 'repo');
  const slug = readSlug(text(head, 'full_name'));
  const title = text(pull, 'title');
  return mapped(
    buildOf(base, {
      event: 'pull_request',
      action: ACTIONS[action],
      ref: `refs/pull/${number}/head`,
      before: earlierCommit(member(pull, 'base', 'sha')),
      after,
      source,
      target,
      pull: number,
      fork: slug,
      head: {
        uid: id(head, 'id'),
        slug,
        httpUrl: ownAddress(text(head, 'clone_url'), [server.origin]),
        branch: source,
      },
      link: ownAddress(text(pull, 'html_url'), [server.origin]),
      title,
      message: text(pull, 'body') || title,
      timestamp: seconds(pull, 'created_at'),
      author: loginOf(member(pull, 'user')),
      authorName: text(pull, 'user', 'full_name'),
      authorEmail: text(pull, 'user', 'email'),
      authorAvatar: pictureAddress(server, [], text(pull, 'user', 'avatar_url')),
    }),
  );
}

function isBuilt(action: string): action is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, action);
}
