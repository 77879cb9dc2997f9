import { amount, isRecord, member, text } from '../fields.ts';
import { isRefName } from '../git-names.ts';
import type { OpenedWebhook, VerifiedWebhook, WebhookOpening, WebhookRequest } from '../hook-event.ts';
import { isHexHmac } from '../signature.ts';
import { headerOf, isDeliveryId, isRepeated, readWebhookBody, refuse } from '../webhook-body.ts';

/** Events that Gogs has; others are ignored without a look at the body. */
const EVENTS: ReadonlySet<string> = new Set([
  'push',
  'create',
  'delete',
  'pull_request',
  'release',
  'fork',
  'issues',
  'issue_comment',
]);

const SINGLE_HEADERS = ['x-gogs-event', 'x-gogs-delivery', 'x-gogs-signature'];

/** Reads headers and JSON of a Gogs webhook; trusts nothing and never throws. */
export function openGogsWebhook(request: WebhookRequest): WebhookOpening {
  const { headers } = request;
  if (SINGLE_HEADERS.some((name) => isRepeated(headers, name))) return refuse('a header is repeated');
  // X-GitHub-Event comes along too, so only the header of Gogs itself counts.
  const event = headerOf(headers, 'x-gogs-event') ?? '';
  if (!/^[a-z_]{1,64}$/.test(event)) return refuse('the event header of Gogs is missing or unreadable');
  const deliveryId = headerOf(headers, 'x-gogs-delivery') ?? '';
  if (!isDeliveryId(deliveryId)) return refuse('the delivery header is unreadable');
  if (!EVENTS.has(event)) return { kind: 'ignored', reason: 'unknown event' };
  const read = readWebhookBody(request, true);
  if (read.kind === 'refused') return read;
  const uid = repositoryUid(read.body);
  if (uid === undefined) return refuse('the body names no repository');
  const slug = usableSlug(member(read.body, 'repository'));
  return {
    kind: 'opened',
    event,
    deliveryId,
    uid,
    slug,
    headers,
    signedBytes: read.signedBytes,
    body: read.body,
  };
}

function repositoryUid(body: unknown): string | undefined {
  const repository = member(body, 'repository');
  const uid = amount(repository, 'id');
  const isId = isRecord(repository) && uid !== undefined && Number.isSafeInteger(uid) && uid > 0;
  return isId ? String(uid) : undefined;
}

/** `namespace/name` when both can be names of Gogs; else empty, and the stored slug of the uid counts. */
export function usableSlug(repository: unknown): string {
  const slug = text(repository, 'full_name');
  const isUsable = /^[A-Za-z0-9._-]{1,255}\/[A-Za-z0-9._-]{1,255}$/.test(slug) && isRefName(slug);
  return isUsable && !slug.includes('..') ? slug : '';
}

/** Whether the bare hex HMAC-SHA256 was made with one of the secrets; no other proof is accepted. */
export function verifyGogsWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
): VerifiedWebhook | undefined {
  const signature = headerOf(opened.headers, 'x-gogs-signature') ?? '';
  const isRight = isHexHmac(signature, opened.signedBytes, secrets);
  // The only place that makes the type: see `VerifiedWebhook`.
  return isRight ? (opened as VerifiedWebhook) : undefined;
}
