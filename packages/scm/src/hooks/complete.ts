import { cleanLine, cleanText } from '../clean-text.ts';
import type { ContentCalls, Driver } from '../driver.ts';
import { isScmError } from '../errors.ts';
import type { HookBuild, HookCompletion } from '../hook-event.ts';
import type { ScmCommit, ScmRef } from '../objects.ts';

interface CompletionOptions extends Pick<CompletionCalls, 'sleep'> {
  /** Whether the repository that a pull request is offered to has the commits of its head, wherever that is. */
  readonly isHeadInBase?: boolean;
}

/** Completes webhooks with what a driver finds in the repository of the event, or in that of the head. */
export function completeBy(
  content: Pick<ContentCalls, 'resolveRef' | 'findCommit'>,
  { isHeadInBase = false, ...options }: CompletionOptions = {},
): Driver['completeHook'] {
  return (token, event) => {
    const { slug } = event.repo;
    const calls = {
      ...options,
      resolveRef: (ref: string) => content.resolveRef(token, slug, ref),
      findCommit: (sha: string, head = slug) => content.findCommit(token, isHeadInBase ? slug : head, sha),
    };
    return completeWith(calls, event);
  };
}

/** What completion asks of a driver, with token and repository bound. */
interface CompletionCalls {
  resolveRef(ref: string): Promise<ScmRef>;
  /** `slug` names another repository than the one of the event: that of the head. */
  findCommit(sha: string, slug?: string): Promise<ScmCommit>;
  /** Present where the ref of a pull request may come later than its webhook. Waits this many milliseconds. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const PULL_REF_PAUSES = [200, 500, 1_000, 2_000, 4_000, 8_000] as const;

/** Finds out what the webhook left open, in the order in which one answer needs another. */
async function completeWith(calls: CompletionCalls, event: HookBuild): Promise<HookCompletion> {
  try {
    const named = event.lookups.includes('short-ref') ? await withFullRef(calls, event) : event;
    if (named === undefined)
      return { kind: 'ignored', reason: 'the ref is gone', repo: event.repo, deliveryId: event.deliveryId };
    const located = await withAfter(calls, named);
    const compared = await withBefore(calls, located);
    const told = await withMessage(calls, compared);
    if (calls.sleep !== undefined) await awaitPullRef(calls, calls.sleep, told);
    return { ...told, lookups: [] };
  } catch (error) {
    if (!isScmError(error)) throw error;
    return { kind: 'error', message: `The commit cannot be found: ${error.message}`, event };
  }
}

/** Mirrors name a ref without saying whether it is a branch or a tag: the branch wins. */
async function withFullRef(calls: CompletionCalls, event: HookBuild): Promise<HookBuild | undefined> {
  const branch = await orMissing(calls.resolveRef(`refs/heads/${event.ref}`));
  if (branch !== undefined) return { ...event, ref: branch.name, source: event.ref, target: event.ref };
  const tag = await orMissing(calls.resolveRef(`refs/tags/${event.ref}`));
  if (tag === undefined) return undefined;
  const after = tag.peeled ?? tag.sha;
  return { ...event, event: 'tag', action: 'create', ref: tag.name, source: '', target: '', after };
}

async function withAfter(calls: CompletionCalls, event: HookBuild): Promise<HookBuild> {
  if (event.lookups.includes('expand')) {
    const { sha } = await calls.findCommit(event.after, event.head?.slug || event.repo.slug);
    return { ...event, after: sha };
  }
  if (!event.lookups.includes('peel') && event.after !== '') return event;
  const found = await calls.resolveRef(event.ref);
  return { ...event, after: found.peeled ?? found.sha };
}

/** A missing earlier commit is no reason to build nothing. */
async function withBefore(calls: CompletionCalls, event: HookBuild): Promise<HookBuild> {
  if (!event.lookups.includes('before')) return event;
  const base = await orMissing(calls.resolveRef(`refs/heads/${event.target}`));
  return { ...event, before: base?.sha ?? '' };
}

async function withMessage(calls: CompletionCalls, event: HookBuild): Promise<HookBuild> {
  if (!event.lookups.includes('message')) return event;
  const commit = await orMissing(calls.findCommit(event.after, event.head?.slug || undefined));
  if (commit === undefined) return event;
  return {
    ...event,
    message: cleanText(commit.message) || event.message,
    author: cleanLine(commit.author.login) || event.author,
    authorName: cleanLine(commit.author.name) || event.authorName,
    authorEmail: cleanLine(commit.author.email) || event.authorEmail,
    authorAvatar: event.authorAvatar || commit.author.avatar,
    timestamp: event.timestamp || commit.committer.date || commit.author.date,
  };
}

/** The clone fetches this ref; when it never shows the commit, the clone says so. */
async function awaitPullRef(
  calls: CompletionCalls,
  sleep: (milliseconds: number) => Promise<void>,
  event: HookBuild,
): Promise<void> {
  if (event.event !== 'pull_request') return;
  for (const pause of PULL_REF_PAUSES) {
    const found = await orMissing(calls.resolveRef(event.ref));
    if (found?.sha === event.after) return;
    await sleep(pause);
  }
}

/** Undefined where the service says that it does not exist, or cannot say it now. */
async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (isScmError(error)) return undefined;
    throw error;
  }
}
