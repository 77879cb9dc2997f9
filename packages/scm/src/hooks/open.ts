import type { WebhookOpening, WebhookRequest } from '../hook-event.ts';
import { headerOf, isDeliveryId, isRepeated, readWebhookBody, refuse } from '../webhook-body.ts';

/** How one service sends its webhooks. Header names are in lower case. */
export interface OpenRules {
  /** The first one that is there names the event. */
  readonly eventHeaders: readonly string[];
  /** The first one that is there identifies the delivery. */
  readonly deliveryHeaders: readonly string[];
  /** Headers that must not come twice, beside the ones above: the signatures. */
  readonly uniqueHeaders: readonly string[];
  /** Which bytes of a form are signed: its field `payload`, decoded, or the body as it is. Absent = no forms. */
  readonly formSigns?: 'payload' | 'body';
  /** Events that are verified and mapped; nothing follows from any other one. */
  isKnown(event: string): boolean;
  /** Id and slug of the repository as the body names it; empty where it does not. */
  identify(body: Readonly<Record<string, unknown>>): { readonly uid: string; readonly slug: string };
}

/** Reads headers and JSON of a webhook by the rules of its service (scm.md 4.4). Never throws. */
export function openWith(rules: OpenRules, request: WebhookRequest): WebhookOpening {
  const { headers, rawBody } = request;
  const unique = [...rules.eventHeaders, ...rules.deliveryHeaders, ...rules.uniqueHeaders];
  if (unique.some((name) => isRepeated(headers, name))) return refuse('a header came more than once');
  const event = firstHeader(headers, rules.eventHeaders);
  if (event === '' || event.length > 100) return refuse('the event header is missing or unusable');
  const content = readWebhookBody(request, rules.formSigns !== undefined);
  if (content.kind === 'refused') return content;
  if (!rules.isKnown(event)) return { kind: 'ignored', reason: 'nothing follows from this event' };
  const { uid, slug } = rules.identify(content.body);
  if (uid === '') return refuse('the body names no repository with a usable id');
  const deliveryId = firstHeader(headers, rules.deliveryHeaders);
  if (!isDeliveryId(deliveryId)) return refuse('the id of the delivery is unusable');
  const signedBytes = rules.formSigns === 'body' ? rawBody : content.signedBytes;
  return { kind: 'opened', event, deliveryId, uid, slug, headers, signedBytes, body: content.body };
}

function firstHeader(headers: WebhookRequest['headers'], names: readonly string[]): string {
  const name = names.find((candidate) => headers[candidate] !== undefined);
  return name === undefined ? '' : (headerOf(headers, name) ?? '');
}
