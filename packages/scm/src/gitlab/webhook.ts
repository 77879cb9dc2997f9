import { createHash, createHmac } from 'node:crypto';
import { id, member, text } from '../fields.ts';
import type {
  HookMapping,
  OpenedWebhook,
  VerifiedWebhook,
  WebhookOpening,
  WebhookRequest,
} from '../hook-event.ts';
import { type HookBase, ignore, mapped } from '../hooks/mapping.ts';
import { openWith } from '../hooks/open.ts';
import { isSharedSecret, verifiedIf } from '../hooks/verify.ts';
import { isEqualSecret } from '../signature.ts';
import { headerOf, refuse } from '../webhook-body.ts';
import { mapMergeRequest } from './webhook-merge-request.ts';
import { mapPush } from './webhook-push.ts';
import { readHookRepo } from './webhook-repo.ts';

/** What `object_kind` says in the body of each event. System hooks are not among them: they are off. */
const KINDS: Readonly<Record<string, string>> = {
  'Push Hook': 'push',
  'Tag Push Hook': 'tag_push',
  'Merge Request Hook': 'merge_request',
  'Note Hook': 'note',
  'Issue Hook': 'issue',
  'Pipeline Hook': 'pipeline',
  'Job Hook': 'build',
  'Release Hook': 'release',
  'Deployment Hook': 'deployment',
};
const MAX_AGE = 5 * 60;

/** Headers and JSON of a webhook of GitLab (scm.md 3.3). Pure, never throws. */
export function openGitlabWebhook(request: WebhookRequest): WebhookOpening {
  const opening = openWith(
    {
      eventHeaders: ['x-gitlab-event'],
      deliveryHeaders: ['idempotency-key', 'webhook-id', 'x-gitlab-event-uuid'],
      uniqueHeaders: ['x-gitlab-token', 'webhook-timestamp'],
      isKnown: (event) => Object.hasOwn(KINDS, event),
      identify: (body) => {
        // Job and deployment hooks name the project differently.
        const isNumber = typeof member(body, 'project', 'id') === 'number';
        const uid = isNumber ? id(body, 'project', 'id') : id(body, 'project_id');
        return { uid, slug: text(body, 'project', 'path_with_namespace') };
      },
    },
    request,
  );
  if (opening.kind !== 'opened') return opening;
  const signature = opening.headers['webhook-signature'];
  if (signature !== undefined && typeof signature !== 'string') return refuse('a header came more than once');
  return { ...opening, deliveryId: deliveryIdOf(opening) };
}

/** The event id of GitLab is shared by events that follow from another one, so the body makes it unique. */
function deliveryIdOf(opened: OpenedWebhook): string {
  const isShared =
    opened.headers['idempotency-key'] === undefined && opened.headers['webhook-id'] === undefined;
  if (!isShared || opened.deliveryId === '') return opened.deliveryId;
  return `${opened.deliveryId}-${createHash('sha256').update(opened.signedBytes).digest('hex').slice(0, 16)}`;
}

/**
 * The key that GitLab signs with where it can. A secret that begins with `whsec_` is such a key itself, and then
 * nothing else is accepted; from any other secret, which GitLab also sends as it is, the key is derived.
 */
export function signingTokenOf(secret: string): string {
  if (secret.startsWith('whsec_')) return secret;
  return `whsec_${createHash('sha256').update(`gitlab signing token:${secret}`).digest('base64')}`;
}

/** A signature that came must be right and at most 5 minutes old; without one the shared secret must have come. */
export function verifyGitlabWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
  nowSeconds: number,
): VerifiedWebhook | undefined {
  const usable = secrets.filter((secret) => secret !== '');
  if (hasGitlabSignature(opened)) return verifiedIf(isSigned(opened, usable, nowSeconds), opened);
  const shared = usable.filter((secret) => !secret.startsWith('whsec_'));
  return verifiedIf(isSharedSecret(headerOf(opened.headers, 'x-gitlab-token') ?? '', shared), opened);
}

/** Whether GitLab has signed it. What holds the shared secret only may be an old delivery without its time. */
export function hasGitlabSignature({ headers }: OpenedWebhook): boolean {
  return headers['webhook-signature'] !== undefined;
}

/** `webhook-signature` of Standard Webhooks: `v1,BASE64` over `ID.TIMESTAMP.BODY`, several separated by blanks. */
function isSigned(opened: OpenedWebhook, secrets: readonly string[], nowSeconds: number): boolean {
  const { headers, signedBytes } = opened;
  const messageId = headerOf(headers, 'webhook-id') ?? '';
  const timestamp = headerOf(headers, 'webhook-timestamp') ?? '';
  const age = /^\d{1,12}$/.test(timestamp)
    ? Math.abs(nowSeconds - Number(timestamp))
    : Number.POSITIVE_INFINITY;
  const given = (headerOf(headers, 'webhook-signature') ?? '').split(' ').slice(0, 8);
  const matches = secrets.flatMap((secret) => {
    const key = Buffer.from(signingTokenOf(secret).slice('whsec_'.length), 'base64');
    const hmac = createHmac('sha256', key).update(`${messageId}.${timestamp}.`).update(signedBytes);
    const expected = `v1,${hmac.digest('base64')}`;
    return given.map((signature) => isEqualSecret(signature, expected) && key.length > 0);
  });
  return matches.includes(true) && messageId !== '' && age <= MAX_AGE;
}

/** The events of a verified webhook; `server` is the public address of the service. Pure, never throws. */
export function mapGitlabWebhook(server: URL, webhook: VerifiedWebhook): HookMapping {
  const { body, event, deliveryId } = webhook;
  if (text(body, 'object_kind') !== KINDS[event])
    return refuse('the body does not belong to the event in the header');
  const repo = readHookRepo(server, webhook.uid, member(body, 'project'));
  const sender = text(body, 'user_username') || text(body, 'user', 'username');
  const base: HookBase = { repo, deliveryId, sender };
  switch (event) {
    case 'Push Hook':
    case 'Tag Push Hook':
      return mapPush(server, base, body);
    case 'Merge Request Hook':
      return mapMergeRequest(server, base, body);
    default:
      return mapped(ignore(base, 'nothing is built for this event'));
  }
}
