import { member, text } from '../fields.ts';
import type {
  HookMapping,
  OpenedWebhook,
  VerifiedWebhook,
  WebhookOpening,
  WebhookRequest,
} from '../hook-event.ts';
import { type HookBase, ignore, mapped } from '../hooks/mapping.ts';
import { openWith } from '../hooks/open.ts';
import { isHubSignature, verifiedIf } from '../hooks/verify.ts';
import { headerOf } from '../webhook-body.ts';
import { mapPull } from './webhook-pull.ts';
import { mapPush } from './webhook-push.ts';
import { readHookRepo } from './webhook-repo.ts';

const EVENTS: ReadonlySet<string> = new Set([
  'repo:push',
  'pullrequest:created',
  'pullrequest:updated',
  'pullrequest:fulfilled',
  'pullrequest:rejected',
  'pullrequest:approved',
  'pullrequest:unapproved',
]);

/** Headers and JSON of a webhook of Bitbucket Cloud (scm.md 3.4). Pure, never throws. */
export function openBitbucketWebhook(request: WebhookRequest): WebhookOpening {
  return openWith(
    {
      eventHeaders: ['x-event-key'],
      deliveryHeaders: ['x-request-uuid'],
      uniqueHeaders: ['x-hub-signature'],
      isKnown: (event) => EVENTS.has(event),
      identify: (body) => {
        const uuid = text(body, 'repository', 'uuid');
        const isUuid = /^\{[0-9a-f-]{1,64}\}$/i.test(uuid);
        return { uid: isUuid ? uuid : '', slug: text(body, 'repository', 'full_name') };
      },
    },
    request,
  );
}

/** `X-Hub-Signature: sha256=…` over the body. A secret in the address is never looked at. */
export function verifyBitbucketWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
): VerifiedWebhook | undefined {
  const signature = headerOf(opened.headers, 'x-hub-signature') ?? '';
  return verifiedIf(isHubSignature(signature, opened.signedBytes, secrets), opened);
}

/** The events of a verified webhook; `server` is `https://bitbucket.org/`. Pure, never throws. */
export function mapBitbucketWebhook(server: URL, webhook: VerifiedWebhook): HookMapping {
  const { body, event, deliveryId } = webhook;
  const repo = readHookRepo(server, webhook.uid, member(body, 'repository'));
  const base: HookBase = { repo, deliveryId, sender: text(body, 'actor', 'nickname') };
  if (event === 'repo:push') return mapPush(server, base, body);
  if (event.startsWith('pullrequest:')) return mapPull(server, base, event, body);
  return mapped(ignore(base, 'nothing is built for this event'));
}
