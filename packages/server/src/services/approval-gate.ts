import { createHash, createHmac } from 'node:crypto';
import type { ApprovalReason } from '@sortie/core/approval';
import { type Build, isForkBuild, isPullRequestBuild, pullNumberOf } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { hasSignature, verifySignature } from '@sortie/pipeline/signature';
import { type ApprovedChange, insertApproval, isApprovedChange } from '../store/approvals.ts';
import type { Db, Tx } from '../store/db.ts';
import { openRepoSecret, type RepoKeyDeps } from './repo-keys.ts';

/** What a pipeline file says about its origin. */
export interface SignatureState {
  readonly isSigned: boolean;
  /** The signature was made with the key of the repository, for exactly this text. */
  readonly isVerified: boolean;
}

/** What the gate looks at. No name of a person is among it: a payload can claim any. */
export interface GateFacts {
  readonly repo: Pick<
    Repo,
    'slug' | 'serviceSlug' | 'isPrivate' | 'visibility' | 'isProtected' | 'forkApproval'
  >;
  readonly build: Pick<Build, 'event' | 'ref' | 'sourceRepo'>;
  readonly signature: SignatureState;
  /** Somebody who administers the repository has approved exactly this before. */
  readonly isApproved: boolean;
}

/**
 * The gate before every build: one decision for every origin, a person, the clock and a Git service alike. `undefined`
 * lets the stages run; with a reason all of them are blocked.
 */
export function approvalReason({
  repo,
  build,
  signature,
  isApproved,
}: GateFacts): ApprovalReason | undefined {
  if (isApproved) return undefined;
  if (isForkBuild(build, repo) && asksForForks(repo)) return 'fork';
  if (!repo.isProtected || signature.isVerified) return undefined;
  return signature.isSigned ? 'not-verified' : 'not-signed';
}

/** What a build is before its stages are written. */
export interface GatedBuild extends SignatureState {
  readonly event: Build['event'];
  readonly ref: string;
  readonly sourceRepo: string;
  readonly after: string;
  /** The branch that the change is for. */
  readonly target: string;
  readonly deployTo: string;
  /** The pipeline text after conversion. */
  readonly config: string;
}

/** The decision of the gate about a build that is to begin, with the approvals of earlier ones. */
export async function decideApproval(
  db: Db,
  repo: Repo,
  build: GatedBuild,
): Promise<ApprovalReason | undefined> {
  const reason = approvalReason({ repo, build, signature: build, isApproved: false });
  if (reason === undefined || !isPullRequestBuild(build)) return reason;
  return (await isApprovedChange(db, changeOf(repo.id, build))) ? undefined : reason;
}

/** Notes that somebody has approved all of a pull request's build, so that its repetition needs no second approval. */
export async function noteApproval(
  tx: Tx,
  build: GatedBuild & { readonly repoId: number },
  by: { readonly userId: number; readonly now: number },
): Promise<void> {
  if (isPullRequestBuild(build)) await insertApproval(tx, changeOf(build.repoId, build), by);
}

/**
 * A promotion runs other pipelines of the same text than its pull request, and so does a pull request that is turned to
 * another branch, with other code around it: each needs an approval of its own.
 */
function changeOf(repoId: number, build: GatedBuild): ApprovedChange {
  const { event, target, deployTo, config, after: headSha } = build;
  const configHash = createHash('sha256')
    .update(JSON.stringify([event, target, deployTo, config]))
    .digest('hex');
  return { repoId, pull: pullNumberOf(build), headSha, configHash };
}

function asksForForks({ forkApproval = 'default', isPrivate, visibility }: GateFacts['repo']): boolean {
  if (forkApproval !== 'default') return forkApproval === 'always';
  // Whichever says so: a repository that this server shows to nobody can be public at its Git service.
  return !isPrivate || visibility === 'public';
}

/** Looks at the signature of a converted pipeline file: what scripts and templates write carries none (pipeline.md 4.6). */
export async function readSignatureState(
  deps: RepoKeyDeps,
  repoId: number,
  text: string,
): Promise<SignatureState> {
  if (!hasSignature(text)) return { isSigned: false, isVerified: false };
  const key = await openRepoSecret(deps, repoId);
  return { isSigned: true, isVerified: verifySignature({ hmacSha256 }, text, key) };
}

function hmacSha256(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
