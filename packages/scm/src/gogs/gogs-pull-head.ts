import { isScmError } from '../errors.ts';
import type { HookBuild } from '../hook-event.ts';
import type { ScmRef, ScmToken } from '../objects.ts';
import type { GogsRefs } from './gogs-refs.ts';

/** Milliseconds between two looks: Gogs sends the webhook before it moves the ref of the pull request. */
const PAUSES = [200, 500, 1_000, 2_000, 4_000, 8_000] as const;

export interface PullHead {
  readonly after: string;
  /** Tip of the base branch; empty when there is none. */
  readonly before: string;
  readonly readFrom?: HookBuild['readFrom'];
}

export interface PullHeadDeps {
  readonly refs: GogsRefs;
  readonly sleep: (duration: number) => Promise<void>;
}

interface Sight {
  /** `refs/pull/N/head` of the base repository. */
  readonly pull: string | undefined;
  /** Tip of the head branch; undefined when it is gone or cannot be read. */
  readonly branch: string | undefined;
  readonly canReadHead: boolean;
  readonly before: string;
}

/**
 * The commit of a pull request. Neither the pull ref (late, stale after a reopen, gone behind a tag of the same
 * name, writable by anybody with push rights) nor the branch alone is proof, so both are awaited to agree.
 * `lastBuilt` is the newest commit built for it. Undefined when nothing is found within about 16 s.
 */
export async function findPullHead(
  deps: PullHeadDeps,
  token: ScmToken,
  event: HookBuild,
  lastBuilt: string | undefined,
): Promise<PullHead | undefined> {
  let sight = await look(deps.refs, token, event);
  for (const pause of PAUSES) {
    if (isSettled(sight, event, lastBuilt)) break;
    await deps.sleep(pause);
    sight = await look(deps.refs, token, event);
  }
  const { pull, branch, before } = sight;
  if (branch === undefined) return pull === undefined ? undefined : { after: pull, before };
  return branch === pull ? { after: branch, before } : { after: branch, before, readFrom: headBranch(event) };
}

function isSettled(
  { pull, branch, canReadHead }: Sight,
  event: HookBuild,
  lastBuilt: string | undefined,
): boolean {
  if (pull === undefined) return false;
  if (branch !== undefined) return branch === pull;
  // The branch is gone: the last tip stays. An unreadable fork shows its new commit only by moving the pull ref.
  return canReadHead || event.head?.slug === '' || event.action !== 'synchronized' || pull !== lastBuilt;
}

function headBranch({ head }: HookBuild): HookBuild['readFrom'] {
  return head && { slug: head.slug, httpUrl: head.httpUrl, ref: `refs/heads/${head.branch}` };
}

async function look(refs: GogsRefs, token: ScmToken, event: HookBuild): Promise<Sight> {
  const { repo, head, ref } = event;
  const base = `refs/heads/${event.target}`;
  const branch = `refs/heads/${event.source}`;
  const isFork = head !== undefined && head.uid !== repo.uid;
  const own = await refs.readRefs(token, repo.slug, isFork ? [ref, base] : [ref, base, branch]);
  const other = isFork ? await readFork(refs, token, head.slug, branch) : own;
  return {
    pull: own.get(ref)?.sha,
    before: own.get(base)?.sha ?? '',
    branch: other?.get(branch)?.sha,
    canReadHead: other !== undefined,
  };
}

/** Undefined when the fork is private or deleted. */
async function readFork(
  refs: GogsRefs,
  token: ScmToken,
  slug: string,
  branch: string,
): Promise<ReadonlyMap<string, ScmRef> | undefined> {
  if (slug === '') return undefined;
  try {
    return await refs.readRefs(token, slug, [branch]);
  } catch (error) {
    if (isScmError(error, 'not-found', 'forbidden', 'unauthorized')) return undefined;
    throw error;
  }
}
