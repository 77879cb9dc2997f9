import { flag, member, text } from '../fields.ts';
import type { HookBuild, HookMapping } from '../hook-event.ts';
import {
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
import { refuse } from '../webhook-body.ts';

/** A push as its body tells it, in the shape of GitHub, which Gitea and Forgejo share. */
export interface HubPush {
  readonly kind: 'pushed';
  readonly ref: NamedRef;
  /** Of an annotated tag the commit where the body names it, else the tag object. */
  readonly sha: string;
  /** The commit `sha` where the body holds it. */
  readonly commit: unknown;
  readonly commits: readonly unknown[];
  readonly lookups: HookBuild['lookups'];
  /** What a build has of it, whatever the service. */
  readonly facts: Pick<HookBuild, 'event' | 'action' | 'ref' | 'before' | 'after' | 'source'>;
}

/**
 * Reads a push of a branch or a tag; a mapping where nothing follows from it or the body is refused. `foreign` are
 * members that only bodies of other events have, `takesShortRefs` says whether a ref may come without `refs/`.
 */
export function readPush(
  base: HookBase,
  body: Readonly<Record<string, unknown>>,
  rules: { readonly foreign: readonly string[]; readonly takesShortRefs: boolean },
): HubPush | HookMapping {
  if (rules.foreign.some((name) => Object.hasOwn(body, name)))
    return refuse('the body does not belong to the event in the header');
  const ref = readRef(member(body, 'ref'));
  if (isRefusal(ref)) return ref;
  const after = readCommitId(member(body, 'after'));
  if (isRefusal(after)) return after;
  const commits = readCommits(member(body, 'commits'));
  if (isRefusal(commits)) return commits;
  if (after === undefined || flag(body, 'deleted')) return mapped(ignore(base, 'the ref was deleted'));
  const isShort = rules.takesShortRefs && !ref.ref.startsWith('refs/') && ref.ref !== 'HEAD';
  if (ref.kind === 'other' && !isShort) return mapped(ignore(base, 'the ref is no branch and no tag'));
  return pushOf(body, { ref, after, commits });
}

function pushOf(
  body: Readonly<Record<string, unknown>>,
  {
    ref,
    after,
    commits,
  }: { readonly ref: NamedRef; readonly after: string; readonly commits: readonly unknown[] },
): HubPush {
  const isTag = ref.kind === 'tag';
  const headCommit = member(body, 'head_commit');
  // Of an annotated tag `after` is the tag object, and only `head_commit` names the commit.
  const headId = text(headCommit, 'id').toLowerCase();
  const isPeeled = isTag && /^[0-9a-f]{40}$/.test(headId);
  const sha = isPeeled ? headId : after;
  const commit = [headCommit, ...commits].find((one) => text(one, 'id').toLowerCase() === sha);
  return {
    kind: 'pushed',
    ref,
    sha,
    commit,
    commits,
    lookups: [
      ...(ref.kind === 'other' ? (['short-ref'] as const) : []),
      ...(isTag && !isPeeled ? (['peel'] as const) : []),
      ...(commit === undefined ? (['message'] as const) : []),
    ],
    facts: {
      event: isTag ? 'tag' : 'push',
      action: isTag ? 'create' : '',
      ref: ref.ref,
      before: earlierCommit(member(body, 'before')),
      after: sha,
      source: isTag ? '' : ref.name,
    },
  };
}
