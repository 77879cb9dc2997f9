import type {
  HookEvent,
  HookMapping,
  VerifiedWebhook,
  WebhookRefusal,
  WebhookRequest,
} from '../hook-event.ts';
import { refuse } from '../webhook-body.ts';
import { ignored, toDelivery } from './gogs-events.ts';
import type { GogsPlace } from './gogs-objects.ts';
import { mapCreate, mapDelete, mapPull, mapRelease } from './gogs-other-events.ts';
import { mapPush } from './gogs-push-event.ts';
import { openGogsWebhook, verifyGogsWebhook } from './gogs-webhook.ts';
import { hasClaimedShape } from './gogs-webhook-shape.ts';

/** What a verified webhook asks for. Never throws. */
export function mapGogsWebhook(webhook: VerifiedWebhook, place: GogsPlace): HookMapping {
  if (!hasClaimedShape(webhook)) return refuse('the body does not fit the event');
  const delivery = toDelivery(webhook, place);
  switch (webhook.event) {
    case 'push':
      return mapPush(delivery);
    case 'create':
      return mapCreate(delivery);
    case 'delete':
      return mapDelete(delivery);
    case 'pull_request':
      return mapPull(delivery);
    case 'release':
      return mapRelease(delivery);
    default:
      return ignored(delivery, 'not an event that builds');
  }
}

/**
 * Opens, verifies and maps in one go, for callers that know the secrets beforehand. A bad signature is refused
 * with the text that unknown repositories get too.
 */
export function parseGogsWebhook(
  request: WebhookRequest,
  secrets: readonly string[],
  place: GogsPlace,
): HookEvent | WebhookRefusal {
  const opened = openGogsWebhook(request);
  if (opened.kind === 'refused') return opened;
  if (opened.kind === 'ignored') return { kind: 'ignored', reason: opened.reason, deliveryId: '' };
  const verified = verifyGogsWebhook(opened, secrets);
  if (verified === undefined) return refuse('invalid signature or unknown repository');
  const mapping = mapGogsWebhook(verified, place);
  if (mapping.kind === 'refused') return mapping;
  return mapping.events[0] ?? { kind: 'ignored', reason: 'nothing happened', deliveryId: opened.deliveryId };
}
