import type { ApprovalReason } from './approval.ts';
import type { Finding } from './finding.ts';
import { type Repo, slugAtService } from './repo.ts';
import type { Status } from './status.ts';

export const EVENTS = ['push', 'pull_request', 'tag', 'promote', 'rollback', 'cron', 'custom'] as const;
export type BuildEvent = (typeof EVENTS)[number];

/** One run of a repository's pipelines. All times are unix seconds, 0 when not set. */
export interface Build {
  readonly id: number;
  readonly repoId: number;
  readonly number: number;
  /** Number of the build that was restarted, promoted or rolled back; 0 = none. */
  readonly parent: number;
  readonly status: Status;
  readonly error: string;
  readonly event: BuildEvent;
  readonly action: string;
  readonly link: string;
  readonly title: string;
  readonly message: string;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly sourceRepo: string;
  readonly source: string;
  readonly target: string;
  readonly authorLogin: string;
  readonly authorName: string;
  readonly authorEmail: string;
  readonly authorAvatar: string;
  readonly sender: string;
  /** `@hook`, `@cron`, or the login of the person. */
  readonly trigger: string;
  readonly params: Readonly<Record<string, string>>;
  readonly cron: string;
  readonly deployTo: string;
  readonly deployId: number;
  readonly debug: boolean;
  readonly started: number;
  readonly finished: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
  /** Number of the newest event about the build in the event log; grows with every change of it or of its stages. */
  readonly sequence: number;
  /** When it was last put into the queue; later than `created` after a restart in place. */
  readonly enqueued: number;
  /** The file carried a signature, and it was the repository's. */
  readonly isSigned: boolean;
  readonly isVerified: boolean;
  /** The pipeline text after conversion, stored once at the trigger and handed to runners. */
  readonly config: string;
  /** What the compiler had to say about the text: errors and warnings. */
  readonly findings: readonly Finding[];
  /** True from a cancel until every runner has confirmed it. */
  readonly isCancelling: boolean;
  /** Where the commit is fetched from when the repository's own `ref` does not hold it; never in lists. */
  readonly readFrom?: ReadFrom;
  /** Why its stages had to wait for a person when it began, also after an approval; never in lists. */
  readonly approval?: ApprovalReason;
}

/**
 * A repository and a branch of it that hold a commit: the head of a pull request whose ref the Git service has not
 * moved yet (scm.md 2.6).
 */
export interface ReadFrom {
  readonly slug: string;
  /** On the host of the Git service; it is checked again before anything is fetched from it. */
  readonly httpUrl: string;
  /** Full ref. */
  readonly ref: string;
}

/** In the place of the slug of a head repository that was deleted. No repository can be called so. */
export const UNKNOWN_FORK = '(unknown)';

/** Under which names Git services keep the heads of pull requests. */
const PULL_REF = /^refs\/(pull|pulls|pull-requests|merge-requests)\//;

/**
 * True for every build of what a pull request proposes: its own builds, and restarts and promotions of them, whose event
 * may be another one. Secrets follow the rule of pull requests in all of them. The repository that a
 * change comes from is only ever known of pull requests, and a copied build keeps it and the ref.
 */
export function isPullRequestBuild(build: Pick<Build, 'event' | 'ref' | 'sourceRepo'>): boolean {
  return build.event === 'pull_request' || build.sourceRepo !== '' || PULL_REF.test(build.ref);
}

/**
 * True for every build of code that another repository proposes, restarts and promotions included. A head repository
 * that was deleted, or that nobody names, counts as another one. `repo` is the one that builds; the Git service names
 * both, so it counts what the service calls it.
 */
export function isForkBuild(
  build: Pick<Build, 'event' | 'ref' | 'sourceRepo'>,
  repo: Pick<Repo, 'slug' | 'serviceSlug'>,
): boolean {
  const isOwn = build.sourceRepo.toLowerCase() === slugAtService(repo).toLowerCase();
  return isPullRequestBuild(build) && !isOwn;
}

/** The number of the pull request whose change a build runs; 0 for none, or where the ref does not tell. */
export function pullNumberOf({ ref }: Pick<Build, 'ref'>): number {
  const [, digits] = /^refs\/(?:pull|pulls|pull-requests|merge-requests)\/(\d{1,15})\//.exec(ref) ?? [];
  return digits === undefined ? 0 : Number(digits);
}

/** Whether a build may use what only trusted repositories may, such as volumes of the host: no fork ever may (X23). */
export function isTrustedBuild(
  build: Pick<Build, 'event' | 'ref' | 'sourceRepo'>,
  repo: Pick<Repo, 'isTrusted' | 'slug' | 'serviceSlug'>,
): boolean {
  return repo.isTrusted && !isForkBuild(build, repo);
}
