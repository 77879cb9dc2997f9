import { cleanText } from '../clean-text.ts';
import { isScmError } from '../errors.ts';
import { shortRef } from '../git-names.ts';
import type { HookBuild, HookCompletion, HookHistory } from '../hook-event.ts';
import type { ScmCommit, ScmToken } from '../objects.ts';
import { ZERO } from './gogs-events.ts';
import { commitLink, type GogsPlace } from './gogs-objects.ts';
import { findPullHead, type PullHead, type PullHeadDeps } from './gogs-pull-head.ts';

interface Work {
  readonly deps: PullHeadDeps;
  readonly place: GogsPlace;
  readonly token: ScmToken;
  readonly history: HookHistory;
}

/** Finds out what a Gogs payload leaves open: see `Driver.completeHook`. */
export async function completeGogsHook(work: Work, event: HookBuild): Promise<HookCompletion> {
  if (event.event === 'pull_request') return completePull(work, event);
  const named = event.lookups.includes('short-ref') ? await nameRef(work, event) : event;
  if (named === undefined) return ignore(event, 'the ref is neither a branch nor a tag');
  return named.event === 'tag' ? completeTag(work, named) : completePush(work, named);
}

function ignore({ repo, deliveryId }: HookBuild, reason: string): HookCompletion {
  return { kind: 'ignored', reason, repo, deliveryId };
}

/** A mirror sends short names: a branch wins, only a tag makes a tag event. */
async function nameRef({ deps, token }: Work, event: HookBuild): Promise<HookBuild | undefined> {
  const branch = `refs/heads/${event.ref}`;
  const tag = `refs/tags/${event.ref}`;
  const found = await deps.refs.readRefs(token, event.repo.slug, [branch, tag]);
  const tip = found.get(branch)?.sha;
  if (tip !== undefined) return { ...event, ref: branch, after: event.after || tip };
  if (!found.has(tag)) return undefined;
  const { slug } = event.repo;
  return {
    ...event,
    event: 'tag',
    action: 'create',
    ref: tag,
    before: ZERO,
    source: '',
    target: slug && event.ref,
  };
}

async function completePush(work: Work, event: HookBuild): Promise<HookCompletion> {
  const { deps, token, place } = work;
  const link = event.link || commitLink(event.repo.slug, event.after, place);
  const before = event.lookups.includes('before') ? await firstParent(work, event) : event.before;
  if (!event.lookups.includes('message')) return done({ ...event, link, before });
  const tip = await branchTip(work, event);
  const commit = tip ?? (await orUndefined(deps.refs.findCommit(token, event.repo.slug, event.after)));
  return done({ ...withCommit(event, commit), link, before });
}

/** The branch shows the whole message, the commit only its first line. */
async function branchTip({ deps, token }: Work, event: HookBuild): Promise<ScmCommit | undefined> {
  if (shortRef(event.ref, 'refs/heads/') === undefined) return undefined;
  const tip = await orUndefined(deps.refs.findCommit(token, event.repo.slug, event.ref));
  return tip?.sha === event.after ? tip : undefined;
}

/** After a merge on the web page the payload names the merge base; the old tip is the first parent. */
async function firstParent({ deps, token }: Work, event: HookBuild): Promise<string> {
  const parent = await orUndefined(deps.refs.firstParent(token, event.repo.slug, event.after));
  return parent || event.before;
}

async function completeTag(work: Work, event: HookBuild): Promise<HookCompletion> {
  const { deps, token, history } = work;
  const { slug } = event.repo;
  const found = (await deps.refs.readRefs(token, slug, [event.ref])).get(event.ref);
  const sha = found?.peeled ?? found?.sha ?? event.after;
  if (sha === '') return { kind: 'error', message: 'The tag does not exist any more.', event };
  // A tag may stand for a tree, which nobody can build.
  const commit = await orUndefined(deps.refs.findCommit(token, slug, sha));
  if (commit === undefined) return ignore(event, 'the tag does not stand for a commit');
  const isBuilt =
    event.lookups.includes('built-before') && (await history.builtCommits(event.ref)).includes(commit.sha);
  if (isBuilt) return ignore(event, 'the tag has been built');
  return done({ ...withCommit(event, commit), after: commit.sha });
}

async function completePull(work: Work, event: HookBuild): Promise<HookCompletion> {
  const built = event.lookups.includes('built-before') ? await work.history.builtCommits(event.ref) : [];
  const isNamed = !event.lookups.includes('after');
  const head = isNamed
    ? await withBase(work, event)
    : await findPullHead(work.deps, work.token, event, built[0]);
  if (head === undefined)
    return { kind: 'error', message: 'pull request ref not available yet – retry', event };
  if (built.includes(head.after)) return ignore(event, 'the head of the pull request has been built');
  return done({ ...event, ...head });
}

/** The payload named the head itself, as no version of Gogs does so far. */
async function withBase({ deps, token }: Work, event: HookBuild): Promise<PullHead> {
  const { after, before } = event;
  if (before !== '') return { after, before };
  const base = `refs/heads/${event.target}`;
  const refs = await deps.refs.readRefs(token, event.repo.slug, [base]);
  return { after, before: refs.get(base)?.sha ?? '' };
}

function withCommit(event: HookBuild, commit: ScmCommit | undefined): HookBuild {
  if (commit === undefined) return event;
  const { author } = commit;
  return {
    ...event,
    message: event.message || cleanText(commit.message),
    timestamp: event.timestamp || commit.committer.date || author.date,
    author: (event.event === 'tag' ? '' : author.login) || event.author,
    authorName: event.authorName || author.name,
    authorEmail: event.authorEmail || author.email,
    authorAvatar: event.authorAvatar || author.avatar,
  };
}

function done(event: HookBuild): HookCompletion {
  return { ...event, lookups: [] };
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isScmError(error, 'not-found')) return undefined;
    throw error;
  }
}
