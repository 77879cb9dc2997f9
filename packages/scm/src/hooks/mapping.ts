import { cleanLine, cleanText } from '../clean-text.ts';
import { isRefName } from '../git-names.ts';
import type {
  HookBuild,
  HookEvent,
  HookIgnored,
  HookMapping,
  HookRepo,
  WebhookRefusal,
} from '../hook-event.ts';
import { refuse } from '../webhook-body.ts';

export const ZERO_SHA = '0'.repeat(40);
const MAX_COMMITS = 10_000;

/** What every event of a delivery has. */
export interface HookBase {
  readonly repo: HookRepo;
  readonly deliveryId: string;
  readonly sender: string;
}

type BuildFields = Pick<HookBuild, 'event' | 'after' | 'ref'> & Partial<HookBuild>;

/** A build with every text cleaned and everything that is not given empty. */
export function buildOf(base: HookBase, fields: BuildFields): HookBuild {
  return {
    kind: 'build',
    action: '',
    link: '',
    timestamp: 0,
    before: '',
    fork: '',
    source: '',
    target: '',
    authorAvatar: '',
    deploymentId: '',
    params: {},
    pull: 0,
    trigger: '@hook',
    lookups: [],
    ...fields,
    ...base,
    title: cleanLine(fields.title ?? ''),
    message: cleanText(fields.message ?? ''),
    author: cleanLine(fields.author ?? ''),
    authorName: cleanLine(fields.authorName ?? ''),
    authorEmail: cleanLine(fields.authorEmail ?? ''),
    sender: cleanLine(base.sender),
    deployment: cleanLine(fields.deployment ?? ''),
  };
}

/** Nothing follows; the reason is shown with the delivery. */
export function ignore(base: HookBase, reason: string): HookIgnored {
  return { kind: 'ignored', reason, repo: base.repo, deliveryId: base.deliveryId };
}

/** One or more events, or the refusal when the body cannot be used. */
export function mapped(...outcomes: readonly (HookEvent | WebhookRefusal)[]): HookMapping {
  const events: HookEvent[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'refused') return outcome;
    events.push(outcome);
  }
  return { kind: 'mapped', events };
}

/** A commit id in lower case, `undefined` for "nothing" (zeros or empty), or the refusal. */
export function readCommitId(value: unknown): string | undefined | WebhookRefusal {
  if (typeof value !== 'string') return refuse('the body has no commit id');
  const sha = value.toLowerCase();
  if (sha === '' || /^0+$/.test(sha)) return undefined;
  if (/^[0-9a-f]{40}$/.test(sha)) return sha;
  return refuse(
    /^[0-9a-f]{64}$/.test(sha)
      ? 'SHA-256 repositories are not supported'
      : 'the body has a commit id that is not one',
  );
}

/** The earlier commit id; anything that is none becomes empty. */
export function earlierCommit(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/i.test(value) ? value.toLowerCase() : '';
}

export type NamedRef =
  | { readonly kind: 'branch' | 'tag'; readonly ref: string; readonly name: string }
  | { readonly kind: 'other'; readonly ref: string; readonly name: string };

/** Sorts a full ref. Names that Git would not accept are refused. */
export function readRef(value: unknown): NamedRef | WebhookRefusal {
  if (typeof value !== 'string' || !isRefName(value)) return refuse('the body has no usable ref');
  if (value.startsWith('refs/heads/')) return { kind: 'branch', ref: value, name: value.slice(11) };
  if (value.startsWith('refs/tags/')) return { kind: 'tag', ref: value, name: value.slice(10) };
  return { kind: 'other', ref: value, name: value };
}

/** A branch name without `refs/heads/`, or the refusal. */
export function readBranch(value: unknown): string | WebhookRefusal {
  const isUsable = typeof value === 'string' && isRefName(`refs/heads/${value}`);
  return isUsable ? value : refuse('the body has no usable branch');
}

/** The number of a pull request, or the refusal. */
export function readPullNumber(value: unknown): number | WebhookRefusal {
  const isUsable = typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31;
  return isUsable ? value : refuse('the body has no usable number of a pull request');
}

/** Branches and head commit of a pull request, each of which must be usable, or the refusal. */
export function readPullRefs(values: {
  readonly target: unknown;
  readonly source: unknown;
  readonly after: unknown;
}):
  | { readonly kind: 'refs'; readonly target: string; readonly source: string; readonly after: string }
  | WebhookRefusal {
  const target = readBranch(values.target);
  if (isRefusal(target)) return target;
  const source = readBranch(values.source);
  if (isRefusal(source)) return source;
  const after = readCommitId(values.after);
  if (isRefusal(after)) return after;
  if (after === undefined) return refuse('the body has no commit id');
  return { kind: 'refs', target, source, after };
}

/** The commits of a push; missing and `null` count as none, `null` elements are left out. */
export function readCommits(value: unknown): readonly unknown[] | WebhookRefusal {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return refuse('the body has commits that are no list');
  if (value.length > MAX_COMMITS) return refuse('the body lists more than 10,000 commits');
  return value.filter((commit) => typeof commit === 'object' && commit !== null);
}

/** Narrows what the readers above give. */
export function isRefusal(value: unknown): value is WebhookRefusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused';
}

/** `namespace/name` when it could be one, else empty; the id of the repository decides then. */
export function readSlug(value: string): string {
  const parts = value.split('/');
  const isUsable = parts.length >= 2 && parts.every((part) => /^[\w.~-]+$/.test(part) && !/^\.+$/.test(part));
  return isUsable && value.length <= 500 ? value : '';
}

/** Everything before the last slash, and what follows it. */
export function splitSlug(slug: string): { readonly namespace: string; readonly name: string } {
  const at = slug.lastIndexOf('/');
  return { namespace: slug.slice(0, Math.max(at, 0)), name: slug.slice(at + 1) };
}
