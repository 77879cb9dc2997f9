import type { ConnectionKind } from '@sortie/core/connection';
import type { Repo } from '@sortie/core/repo';
import { slugAtService } from '@sortie/core/repo';
import { hasGitlabSignature } from '@sortie/scm/gitlab/webhook';
import type { OpenedWebhook, VerifiedWebhook } from '@sortie/scm/hook-event';
import { hmacSha256 } from '@sortie/scm/signature';
import { readJwt } from '../auth/legacy-jwt.ts';
import type { HookedRepo } from '../store/hook-repos.ts';
import type { GitService } from './git-service.ts';
import type { HookSecrets } from './hook-secrets.ts';

export interface HookProof {
  readonly service: GitService;
  readonly opened: OpenedWebhook;
  readonly found: HookedRepo | undefined;
  /** `?access_token=` of webhooks in the form of 0.5; empty = none. */
  readonly token: string;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * The webhook when it is genuine. Takes about as long when there is no such repository. Where a service has signed once,
 * the bare secret does not count any more (scm.md X3): it would prove old deliveries as well.
 */
export function verifyHook(secrets: HookSecrets, proof: HookProof): VerifiedWebhook | undefined {
  const verified = verifyOnce(secrets, proof);
  return proof.found?.isSigning === true && !isSigned(proof) ? undefined : verified;
}

/** Whether it came with a signature of a service that may also send the bare secret. */
export function isSigned({ service, opened }: Pick<HookProof, 'service' | 'opened'>): boolean {
  return service.connection.kind === 'gitlab' && hasGitlabSignature(opened);
}

function verifyOnce(secrets: HookSecrets, proof: HookProof): VerifiedWebhook | undefined {
  const { service, opened, found, token, now } = proof;
  const known = secrets.of(found);
  if (token === '') {
    const verified = service.driver.verifyWebhook(opened, known, now);
    return found === undefined ? undefined : verified;
  }
  const [signer = ''] = known;
  if (found === undefined || found.signer === '' || !isTokenOf(found.repo, token, signer)) return undefined;
  return service.driver.verifyWebhook(countersign(service.connection.kind, opened, signer), [signer], now);
}

/** A `hook` token of the repository, signed with the secret of its webhooks (api-legacy.md 1.2). */
function isTokenOf(repo: Repo, token: string, signer: string): boolean {
  const jwt = readJwt(token);
  if (jwt?.claims.type !== 'hook' || !jwt.isSignedWith(signer)) return false;
  const text = jwt.claims.text.toLowerCase();
  return text === repo.slug.toLowerCase() || text === slugAtService(repo).toLowerCase();
}

/** Nothing is mapped that a driver has not verified, so what a token proves gets the signature that it stands for. */
function countersign(kind: ConnectionKind, opened: OpenedWebhook, signer: string): OpenedWebhook {
  const hex = hmacSha256(signer, opened.signedBytes).toString('hex');
  const signatures: Partial<Record<ConnectionKind, Readonly<Record<string, string>>>> = {
    gogs: { 'x-gogs-signature': hex },
    gitea: { 'x-gitea-signature': hex, 'x-forgejo-signature': hex },
    github: { 'x-hub-signature-256': `sha256=${hex}` },
    gitlab: { 'x-gitlab-token': signer },
    bitbucket: { 'x-hub-signature': `sha256=${hex}` },
    stash: { 'x-hub-signature': `sha256=${hex}` },
  };
  return { ...opened, headers: { ...opened.headers, ...signatures[kind] } };
}
