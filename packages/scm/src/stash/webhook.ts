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
import { isHubSignature, verifiedIf } from '../hooks/verify.ts';
import { headerOf, refuse } from '../webhook-body.ts';
import { mapPull } from './webhook-pull.ts';
import { mapRefs } from './webhook-refs.ts';
import { readHookRepo, slugOf } from './webhook-repo.ts';

const EVENTS: ReadonlySet<string> = new Set([
  'repo:refs_changed',
  'pr:opened',
  'pr:modified',
  'pr:from_ref_updated',
  'pr:merged',
  'pr:declined',
  'pr:deleted',
]);

/** Headers and JSON of a webhook of Bitbucket Server or Data Center (scm.md 3.5). Pure, never throws. */
export function openStashWebhook(request: WebhookRequest): WebhookOpening {
  return openWith(
    {
      eventHeaders: ['x-event-key'],
      deliveryHeaders: ['x-request-id'],
      uniqueHeaders: ['x-hub-signature'],
      // The ping of the test button is not signed, and nothing follows from it.
      isKnown: (event) => EVENTS.has(event),
      identify: (body) => {
        const repo = repositoryOf(body);
        return { uid: typeof member(repo, 'id') === 'number' ? id(repo, 'id') : '', slug: slugOf(repo) };
      },
    },
    request,
  );
}

/** `X-Hub-Signature: sha256=…` over the body. */
export function verifyStashWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
): VerifiedWebhook | undefined {
  const signature = headerOf(opened.headers, 'x-hub-signature') ?? '';
  return verifiedIf(isHubSignature(signature, opened.signedBytes, secrets), opened);
}

/** The events of a verified webhook; `server` is the public address of the service. Pure, never throws. */
export function mapStashWebhook(server: URL, webhook: VerifiedWebhook): HookMapping {
  const { body, event, deliveryId } = webhook;
  const claimed = text(body, 'eventKey');
  if (claimed !== '' && claimed !== event)
    return refuse('the body does not belong to the event in the header');
  const repo = readHookRepo(server, webhook.uid, repositoryOf(body));
  const base: HookBase = { repo, deliveryId, sender: accountName(member(body, 'actor')) };
  if (event === 'repo:refs_changed') return mapRefs(base, body);
  if (event.startsWith('pr:')) return mapPull(server, base, event, body);
  return mapped(ignore(base, 'nothing is built for this event'));
}

function repositoryOf(body: unknown): unknown {
  return member(body, 'repository') ?? member(body, 'pullRequest', 'toRef', 'repository');
}

function accountName(user: unknown): string {
  return text(user, 'slug') || text(user, 'name');
}
