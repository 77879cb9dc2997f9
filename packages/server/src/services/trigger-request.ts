import type { ApprovalReason } from '@sortie/core/approval';
import { type Build, type BuildEvent, isForkBuild, type ReadFrom, UNKNOWN_FORK } from '@sortie/core/build';
import type { ErrorCode } from '@sortie/core/errors';
import type { Finding } from '@sortie/core/finding';
import type { Repo } from '@sortie/core/repo';
import type { Tx } from '../store/db.ts';
import { cleanDraft } from './clean-draft.ts';
import type { BuildDraft } from './create-build.ts';
import type { SourceCommit } from './source.ts';

/** Who or what asked for the build. The name is what ends up in `trigger`. */
export type TriggerOrigin = '@hook' | '@cron' | { readonly login: string };

/** Everything that is known of an event before the pipeline file is read. */
export interface TriggerRequest {
  readonly repo: Repo;
  readonly origin: TriggerOrigin;
  readonly event: BuildEvent;
  readonly action: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /** Branch that the change comes from and branch it is for; equal for pushes. */
  readonly source: string;
  readonly target: string;
  /** Login of the account whose action it was, verified by the caller. */
  readonly sender: string;
  readonly title: string;
  /** Empty: the message of the commit. */
  readonly message: string;
  readonly link: string;
  readonly params: Readonly<Record<string, string>>;
  readonly cron: string;
  readonly deployTo: string;
  /** Slug of the repository that a pull request comes from. */
  readonly sourceRepo?: string;
  /** Where the commit and its files are read when `ref` of the repository does not hold them. */
  readonly readFrom?: ReadFrom;
  /** Number of the build that this one repeats or deploys. */
  readonly parent?: number;
  /** Id of the deployment at the Git service. */
  readonly deployId?: number;
  readonly isDebug?: boolean;
  /** Absent: the author of the commit. */
  readonly author?: BuildAuthor;
  /**
   * Runs in the transaction that creates the build, for what must exist together with it. `cause` says why a build is
   * in error from the start.
   */
  readonly within?: (tx: Tx, build: Build, cause?: ErrorCode) => Promise<void>;
}

export type BuildAuthor = Pick<Build, 'authorLogin' | 'authorName' | 'authorEmail' | 'authorAvatar'>;

/** Every way a trigger can end. `skipped` made no build and names why. */
export type TriggerOutcome =
  | BuiltTrigger
  | { readonly kind: 'error-build'; readonly build: Build; readonly findings: readonly Finding[] }
  | SkippedTrigger;

export interface BuiltTrigger {
  readonly kind: 'built';
  readonly build: Build;
  readonly stageTypes: readonly string[];
  /** Why all stages wait for a person; absent when they may run. */
  readonly approval?: ApprovalReason;
}

export interface SkippedTrigger {
  readonly kind: 'skipped';
  readonly code: ErrorCode;
  /** As part of a sentence, without a full stop. */
  readonly message: string;
}

/** A build before its pipeline file has been looked at. */
export type EventDraft = Omit<BuildDraft, 'config' | 'findings' | 'isSigned' | 'isVerified'>;

/** What the build takes from the request, and from the commit where the request does not say. */
export function toEventDraft(request: TriggerRequest, commit: SourceCommit): EventDraft {
  const { event, action, link, title, before, after, ref, source, target, sender, params } = request;
  return cleanDraft({
    ...{ event, action, link, title, before, after, ref, source, target, sender, params },
    ...(request.author ?? authorOf(commit, sender)),
    message: request.message || commit.message,
    parent: request.parent ?? 0,
    // Without a name, a promotion of it could not be told from one of the repository's own code.
    sourceRepo: request.sourceRepo || (event === 'pull_request' ? UNKNOWN_FORK : ''),
    trigger: typeof request.origin === 'string' ? request.origin : request.origin.login,
    cron: request.cron,
    deployTo: request.deployTo,
    deployId: request.deployId ?? 0,
    debug: request.isDebug ?? false,
    ...(request.readFrom === undefined ? {} : { readFrom: request.readFrom }),
  });
}

function authorOf({ authorLogin, authorName, authorEmail }: SourceCommit, sender: string): BuildAuthor {
  return { authorLogin: authorLogin || sender, authorName, authorEmail, authorAvatar: '' };
}

/** Which setting of the repository leaves the event out, as part of a sentence (api-v1.md 3.5.1, step 2). */
export function whyIgnored(request: TriggerRequest): string | undefined {
  const { repo, origin, event, action, sourceRepo = '' } = request;
  if (event === 'pull_request') {
    if (repo.ignorePullRequests) return 'the repository ignores pull requests';
    if (repo.ignoreForks && isForkBuild({ ...request, sourceRepo }, repo))
      return 'the repository ignores pull requests from forks';
  }
  if (origin !== '@hook') return undefined;
  if (event === 'pull_request' && action === 'reopened' && repo.ignoreReopened === true)
    return 'the repository ignores pull requests that are opened again';
  if (event === 'push' && !repo.allowPush) return 'the repository does not build pushes';
  if (event === 'tag' && !repo.allowTags) return 'the repository does not build tags';
  const isDeployment = event === 'promote' || event === 'rollback';
  return isDeployment && !repo.allowDeploys ? 'the repository does not build deployments' : undefined;
}
