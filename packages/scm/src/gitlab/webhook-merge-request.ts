import { id, member, text } from '../fields.ts';
import type { HookBuild, HookMapping } from '../hook-event.ts';
import {
  buildOf,
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
import { PICTURE_HOSTS } from './webhook-repo.ts';

/** A merge request (scm.md 3.3, 4.3). */
export function mapMergeRequest(
  server: URL,
  base: HookBase,
  body: Readonly<Record<string, unknown>>,
): HookMapping {
  const request = member(body, 'object_attributes');
  const number = readPullNumber(member(request, 'iid'));
  if (isRefusal(number)) return number;
  const done = text(request, 'action');
  if (done === 'close' || done === 'merge')
    return mapped({ kind: 'pullClosed', pull: number, isMerged: done === 'merge', ...base });
  const action = actionOf(body);
  if (action === undefined) return mapped(ignore(base, 'the merge request has no new code'));
  const refs = readPullRefs({
    target: member(request, 'target_branch'),
    source: member(request, 'source_branch'),
    after: member(request, 'last_commit', 'id'),
  });
  if (refs.kind === 'refused') return refs;
  const { target, source, after } = refs;
  const origin = member(request, 'source');
  const slug = readSlug(text(origin, 'path_with_namespace'));
  const title = text(request, 'title');
  const httpUrl = ownAddress(text(origin, 'git_http_url'), [server.origin]);
  return mapped(
    buildOf(base, {
      event: 'pull_request',
      action,
      ref: `refs/merge-requests/${number}/head`,
      after,
      source,
      target,
      pull: number,
      fork: slug,
      head: { uid: id(request, 'source_project_id'), slug, httpUrl, branch: source },
      link: ownAddress(text(request, 'url'), [server.origin]),
      title,
      message: text(request, 'description') || title,
      author: text(body, 'user', 'username'),
      authorName: text(body, 'user', 'name'),
      authorEmail: text(request, 'last_commit', 'author', 'email'),
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(body, 'user', 'avatar_url')),
      lookups: ['before'],
    }),
  );
}

/** GitLab sends `update` for every edit; only `oldrev` or another target branch mean new code. */
function actionOf(body: unknown): HookBuild['action'] | undefined {
  switch (text(body, 'object_attributes', 'action')) {
    case 'open':
      return 'opened';
    case 'reopen':
      return 'reopened';
    case 'update': {
      const hasNewCode = text(body, 'object_attributes', 'oldrev') !== '';
      const hasNewTarget = member(body, 'changes', 'target_branch') !== undefined;
      return hasNewCode || hasNewTarget ? 'synchronized' : undefined;
    }
    default:
      return undefined;
  }
}
