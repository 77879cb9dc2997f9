import type { Visibility } from '@sortie/core/repo';

/** A webhook as it arrived. Nothing of it may be trusted before it has been verified. */
export interface WebhookRequest {
  /** Names in lower case, as Node gives them; a name that came twice has an array or a comma-joined value. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The exact bytes of the body: they are what is signed. */
  readonly rawBody: Uint8Array;
  readonly query?: URLSearchParams;
}

/** A webhook that is refused, with the status and the text of the answer. */
export interface WebhookRefusal {
  readonly kind: 'refused';
  readonly status: 400 | 413 | 415;
  /** One sentence; never contains text of the sender. */
  readonly message: string;
}

/** A webhook that needs no signature because nothing follows from it (pings, unknown events). */
export interface WebhookIgnored {
  readonly kind: 'ignored';
  readonly reason: string;
}

/**
 * A webhook whose headers and JSON can be read. `uid` and `slug` say whose secret to verify it with and serve
 * nothing else: they come from a body that anybody may have written.
 */
export interface OpenedWebhook {
  readonly kind: 'opened';
  /** Name of the event as the service calls it. */
  readonly event: string;
  /** Empty when the service gives none. */
  readonly deliveryId: string;
  readonly uid: string;
  /** Empty when unreadable; compare without regard to case. */
  readonly slug: string;
  /** Headers that verification and mapping read, the signed bytes and the parsed body. */
  readonly headers: WebhookRequest['headers'];
  readonly signedBytes: Uint8Array;
  readonly body: Readonly<Record<string, unknown>>;
}

export type WebhookOpening = OpenedWebhook | WebhookRefusal | WebhookIgnored;

declare const verified: unique symbol;

/** A webhook whose signature was right. Only `verifyWebhook` of a driver makes one. */
export type VerifiedWebhook = OpenedWebhook & { readonly [verified]: true };

/** The repository as the payload describes it; addresses on a foreign host are empty. */
export interface HookRepo {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly slug: string;
  readonly link: string;
  /** Default branch. */
  readonly branch: string;
  readonly private: boolean;
  /** Absent where the payload tells no more than `private`. */
  readonly visibility?: Visibility;
  readonly httpUrl: string;
  readonly sshUrl: string;
}

/** The repository and branch that a pull request comes from. */
export interface HookHead {
  /** Empty when the head repository was deleted. */
  readonly uid: string;
  readonly slug: string;
  readonly httpUrl: string;
  readonly branch: string;
}

/**
 * What the payload leaves open and `completeHook` finds out:
 * `short-ref` whether `ref` is a branch or a tag; `after`, `before` the missing commit id; `peel` that `after` may
 * be a tag object; `expand` that `after` is abbreviated; `message` the message and author of `after`;
 * `built-before` that the event counts only if `after` was not built yet for the same ref.
 */
export type HookLookup = 'short-ref' | 'after' | 'before' | 'peel' | 'expand' | 'message' | 'built-before';

/** A build that the webhook asks for. */
export interface HookBuild {
  readonly kind: 'build';
  readonly event: 'push' | 'pull_request' | 'tag' | 'promote';
  /** Push and promote: empty. */
  readonly action: '' | 'create' | 'opened' | 'synchronized' | 'reopened';
  readonly link: string;
  /** Unix seconds; 0 = unknown, take the time of arrival. */
  readonly timestamp: number;
  /** At most 2,000 code points, without control characters. */
  readonly title: string;
  /** At most 2,000 code points, without control characters other than newline and tab. */
  readonly message: string;
  readonly before: string;
  /** 40 lower-case hex digits, or empty while `lookups` has `after`; shorter while it has `expand`. */
  readonly after: string;
  /** Full ref; the short name while `lookups` has `short-ref`. */
  readonly ref: string;
  /** Slug of the head repository of a pull request; empty = deleted, which counts as a fork. */
  readonly fork: string;
  readonly source: string;
  readonly target: string;
  /** Login of the author of the change. */
  readonly author: string;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly authorAvatar: string;
  /** Login of who caused the event. */
  readonly sender: string;
  readonly deployment: string;
  readonly deploymentId: string;
  readonly params: Readonly<Record<string, string>>;
  /** Number of the pull request, 0 = none. */
  readonly pull: number;
  readonly head?: HookHead;
  /** Where the commit is really found when `ref` does not hold it: what to clone and to read files from. */
  readonly readFrom?: { readonly slug: string; readonly httpUrl: string; readonly ref: string };
  readonly trigger: '@hook';
  readonly repo: HookRepo;
  readonly deliveryId: string;
  readonly lookups: readonly HookLookup[];
}

/** The branch is gone. Its entry in the index of latest builds goes too. */
export interface HookBranchDeleted {
  readonly kind: 'branchDeleted';
  readonly branch: string;
  readonly sender: string;
  readonly repo: HookRepo;
  readonly deliveryId: string;
}

/** The pull request was closed or merged. */
export interface HookPullClosed {
  readonly kind: 'pullClosed';
  readonly pull: number;
  readonly isMerged: boolean;
  readonly sender: string;
  readonly repo: HookRepo;
  readonly deliveryId: string;
}

export interface HookIgnored {
  readonly kind: 'ignored';
  readonly reason: string;
  /** Absent where the body names no usable repository. */
  readonly repo?: HookRepo;
  readonly deliveryId: string;
}

/** What follows from one change of a verified webhook. */
export type HookEvent = HookBuild | HookBranchDeleted | HookPullClosed | HookIgnored;

/** The events of a verified webhook (several where one delivery tells of several refs), or why it is refused. */
export type HookMapping = { readonly kind: 'mapped'; readonly events: readonly HookEvent[] } | WebhookRefusal;

/** What `completeHook` must know of the past. */
export interface HookHistory {
  /** Commits built for this ref of the repository, newest first; for pull requests the `refs/pull/N/head`. */
  builtCommits(ref: string): Promise<readonly string[]>;
}

/** A completed event, or why no build can be made of it (a build with status `error`). */
export type HookCompletion =
  | HookBuild
  | HookIgnored
  | { readonly kind: 'error'; readonly message: string; readonly event: HookBuild };
