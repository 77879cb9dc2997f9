import { flag, id, member, seconds, text } from '../fields.ts';
import type { HookBuild, HookHead, HookMapping } from '../hook-event.ts';
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
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';

type Author = Pick<HookBuild, 'author' | 'authorAvatar'> &
  Partial<Pick<HookBuild, 'authorName' | 'authorEmail'>>;

/** Where the services differ. */
export interface PullDialect {
  /** Address that people open. */
  readonly server: URL;
  /** What the pull request is built for; undefined when it has no new code. */
  actionOf(body: unknown): HookBuild['action'] | undefined;
  /** Of the pull request. */
  authorOf(pull: unknown): Author;
}

/** A pull request in the shape of GitHub, which Gitea and Forgejo share (scm.md 3.1, 3.2, 4.3). */
export function mapPullRequest(
  { server, actionOf, authorOf }: PullDialect,
  base: HookBase,
  body: Readonly<Record<string, unknown>>,
): HookMapping {
  const pull = member(body, 'pull_request');
  if (typeof pull !== 'object' || pull === null || Array.isArray(pull))
    return refuse('the body does not belong to the event in the header');
  const number = readPullNumber(member(body, 'number') ?? member(pull, 'number'));
  if (isRefusal(number)) return number;
  if (text(body, 'action') === 'closed')
    return mapped({ kind: 'pullClosed', pull: number, isMerged: flag(pull, 'merged'), ...base });
  const action = actionOf(body);
  if (action === undefined) return mapped(ignore(base, 'the pull request has no new code'));
  const refs = readPullRefs({
    target: member(pull, 'base', 'ref'),
    source: member(pull, 'head', 'ref'),
    after: member(pull, 'head', 'sha'),
  });
  if (refs.kind === 'refused') return refs;
  const { target, source, after } = refs;
  const title = text(pull, 'title');
  const head = headOf(server, pull, source);
  return mapped(
    buildOf(base, {
      event: 'pull_request',
      action,
      ref: `refs/pull/${number}/head`,
      before: earlierCommit(member(pull, 'base', 'sha')),
      after,
      source,
      target,
      pull: number,
      fork: head.slug,
      head,
      link: ownAddress(text(pull, 'html_url'), [server.origin]),
      title,
      message: text(pull, 'body') || title,
      timestamp: seconds(pull, 'created_at'),
      ...authorOf(pull),
    }),
  );
}

function headOf(server: URL, pull: unknown, branch: string): HookHead {
  const repo = isWithoutBranch(pull, branch) ? undefined : member(pull, 'head', 'repo');
  const httpUrl = ownAddress(text(repo, 'clone_url'), [server.origin]);
  return { uid: id(repo, 'id'), slug: readSlug(text(repo, 'full_name')), httpUrl, branch };
}

/**
 * Gitea and Forgejo take changes that somebody pushes to `refs/for/main` without any right to push (AGit). They name the
 * repository itself as the head, and the ref of the pull request as its branch. Whoever may read can send one, so it
 * counts as one from a fork.
 */
function isWithoutBranch(pull: unknown, branch: string): boolean {
  return branch.startsWith('refs/') || member(pull, 'flow') === 1;
}
