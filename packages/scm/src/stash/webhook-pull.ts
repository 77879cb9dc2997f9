import { id, member, text } from '../fields.ts';
import type { HookBuild, HookMapping } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readPullNumber,
  readPullRefs,
} from '../hooks/mapping.ts';
import { ownAddress } from '../own-address.ts';
import { gravatarOf, slugOf } from './webhook-repo.ts';

const CLOSING: ReadonlySet<string> = new Set(['pr:declined', 'pr:deleted', 'pr:merged']);

/** A pull request (scm.md 3.5, 4.3). */
export function mapPull(
  server: URL,
  base: HookBase,
  event: string,
  body: Readonly<Record<string, unknown>>,
): HookMapping {
  const pull = member(body, 'pullRequest');
  const number = readPullNumber(member(pull, 'id'));
  if (isRefusal(number)) return number;
  if (CLOSING.has(event))
    return mapped({ kind: 'pullClosed', pull: number, isMerged: event === 'pr:merged', ...base });
  const action = actionOf(event, body);
  if (action === undefined) return mapped(ignore(base, 'the pull request has no new code'));
  const refs = readPullRefs({
    target: shortName(text(pull, 'toRef', 'id')),
    source: shortName(text(pull, 'fromRef', 'id')),
    after: member(pull, 'fromRef', 'latestCommit'),
  });
  if (refs.kind === 'refused') return refs;
  const { target, source, after } = refs;
  const origin = member(pull, 'fromRef', 'repository');
  const slug = slugOf(origin);
  const title = text(pull, 'title');
  const author = member(pull, 'author', 'user');
  return mapped(
    buildOf(base, {
      event: 'pull_request',
      action,
      ref: `refs/pull-requests/${number}/from`,
      before: earlierCommit(member(pull, 'toRef', 'latestCommit')),
      after,
      source,
      target,
      pull: number,
      fork: slug,
      head: {
        uid: id(origin, 'id'),
        slug,
        httpUrl: slug && `${server.href}scm/${slug.toLowerCase()}.git`,
        branch: source,
      },
      link: linkOf(server, pull) || (base.repo.link && `${base.repo.link}/pull-requests/${number}`),
      title,
      message: text(pull, 'description') || title,
      timestamp: fromMilliseconds(member(pull, 'createdDate')),
      author: text(author, 'slug') || text(author, 'name'),
      authorName: text(author, 'displayName'),
      authorEmail: text(author, 'emailAddress'),
      authorAvatar: gravatarOf(text(author, 'emailAddress')),
    }),
  );
}

/** `pr:modified` is an edit of the text unless the target branch is another one or has moved. */
function actionOf(event: string, body: unknown): HookBuild['action'] | undefined {
  if (event === 'pr:opened') return 'opened';
  if (event === 'pr:from_ref_updated') return 'synchronized';
  const previous = member(body, 'previousTarget');
  if (event !== 'pr:modified' || previous === undefined || previous === null) return undefined;
  const target = member(body, 'pullRequest', 'toRef');
  const isSame =
    text(previous, 'id') === text(target, 'id') &&
    text(previous, 'latestCommit') === text(target, 'latestCommit');
  return isSame ? undefined : 'synchronized';
}

function shortName(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

function linkOf(server: URL, pull: unknown): string {
  const links = member(pull, 'links', 'self');
  return Array.isArray(links) ? ownAddress(text(links[0], 'href'), [server.origin]) : '';
}

/** Milliseconds as number or text; unusable ones count as unknown. */
function fromMilliseconds(value: unknown): number {
  const milliseconds = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const isUsable = typeof milliseconds === 'number' && milliseconds > 0 && milliseconds < 4_102_444_800_000;
  return isUsable ? Math.floor(milliseconds / 1000) : 0;
}
