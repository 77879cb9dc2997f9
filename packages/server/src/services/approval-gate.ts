import { createHmac } from 'node:crypto';
import { hasSignature, verifySignature } from '@sortie/pipeline/signature';
import { openRepoSecret, type RepoKeyDeps } from './repo-keys.ts';

/** What a pipeline file says about its origin. */
export interface SignatureState {
  readonly isSigned: boolean;
  /** The signature was made with the key of the repository, for exactly this text. */
  readonly isVerified: boolean;
}

/** Why the stages of a build wait for a person. */
export type ApprovalReason = 'not-signed' | 'not-verified';

/**
 * The protected gate: one decision for every origin, a person, the clock and a Git service alike. `undefined` lets
 * the stages run; with a reason all of them are blocked.
 */
export function approvalReason(facts: {
  readonly repo: { readonly isProtected: boolean };
  readonly signature: SignatureState;
}): ApprovalReason | undefined {
  const { isSigned, isVerified } = facts.signature;
  if (!facts.repo.isProtected || isVerified) return undefined;
  return isSigned ? 'not-verified' : 'not-signed';
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
