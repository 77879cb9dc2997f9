import { cleanLine, cleanText } from '../clean-text.ts';
import { flag, id, isRecord, member, seconds, text } from '../fields.ts';
import type { HookBuild, HookIgnored, HookMapping, HookRepo, VerifiedWebhook } from '../hook-event.ts';
import { ownAddress, ownSshAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { avatarOf, type GogsPlace } from './gogs-objects.ts';
import { usableSlug } from './gogs-webhook.ts';

/** What every mapping needs. */
export interface GogsDelivery {
  readonly body: Readonly<Record<string, unknown>>;
  readonly deliveryId: string;
  readonly repo: HookRepo;
  readonly place: GogsPlace;
}

export function toDelivery({ body, deliveryId }: VerifiedWebhook, place: GogsPlace): GogsDelivery {
  return { body, deliveryId, place, repo: toHookRepo(member(body, 'repository'), place) };
}

function toHookRepo(repository: unknown, place: GogsPlace): HookRepo {
  const slug = usableSlug(repository);
  const [namespace = '', name = ''] = slug.split('/');
  return {
    uid: id(repository, 'id'),
    namespace,
    name,
    slug,
    link: ownAddress(text(repository, 'html_url'), place.origins),
    branch: cleanLine(text(repository, 'default_branch')),
    private: flag(repository, 'private'),
    httpUrl: ownAddress(text(repository, 'clone_url'), place.origins),
    sshUrl: ownSshAddress(text(repository, 'ssh_url'), new URL(place.link).hostname),
  };
}

export function ignored({ repo, deliveryId }: GogsDelivery, reason: string): HookMapping {
  const event: HookIgnored = { kind: 'ignored', reason, repo, deliveryId };
  return { kind: 'mapped', events: [event] };
}

export function mapped(...events: Extract<HookMapping, { kind: 'mapped' }>['events']): HookMapping {
  return { kind: 'mapped', events };
}

/** The members of a build that come from `sender` and `repository`; empty where the payload must tell. */
export function baseBuild({ body, repo, deliveryId, place }: GogsDelivery): Omit<HookBuild, 'event'> {
  const sender = cleanLine(text(body, 'sender', 'username') || text(body, 'sender', 'login'));
  return {
    kind: 'build',
    action: '',
    link: '',
    timestamp: 0,
    title: '',
    message: '',
    before: '',
    after: '',
    ref: '',
    fork: '',
    source: '',
    target: '',
    author: sender,
    authorName: '',
    authorEmail: '',
    authorAvatar: avatarOf(member(body, 'sender'), place),
    sender,
    deployment: '',
    deploymentId: '',
    params: {},
    pull: 0,
    trigger: '@hook',
    repo,
    deliveryId,
    lookups: [],
  };
}

/** Message, author and time of a commit in a push payload. */
export function fromCommit(
  commit: unknown,
): Pick<HookBuild, 'message' | 'authorName' | 'authorEmail' | 'timestamp'> {
  return {
    message: cleanText(text(commit, 'message')),
    authorName: cleanLine(text(commit, 'author', 'name')),
    authorEmail: cleanLine(text(commit, 'author', 'email')),
    timestamp: seconds(commit, 'timestamp'),
  };
}

/** What is wrong with a commit id that must be there, or undefined. */
export function shaRefusal(sha: string): HookMapping | undefined {
  if (/^[0-9a-f]{40}$/.test(sha)) return undefined;
  if (/^[0-9a-f]{64}$/.test(sha)) return refuse('SHA-256 repositories are not supported');
  return refuse('the body holds an unusable commit id');
}

/** A commit id of secondary value: anything unusable counts as unknown. */
export function shaOrEmpty(value: unknown): string {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value) ? value : '';
}

/** Whether the member is there and no object. */
export function isWrongObject(value: unknown): boolean {
  return value !== undefined && value !== null && !isRecord(value);
}

export const ZERO = '0'.repeat(40);
