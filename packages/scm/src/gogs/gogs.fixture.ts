import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HookBuild, HookEvent, WebhookRefusal, WebhookRequest } from '../hook-event.ts';
import { parseGogsWebhook } from './gogs-webhook-map.ts';

export const FIXTURE_SECRET = 'fixture-secret';
export const FIXTURE_PLACE = {
  link: 'http://gogs.example.test:3000/',
  origins: ['http://gogs.example.test:3000'],
};

interface RecordedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface RecordedAnswer {
  readonly response: { readonly status: number; readonly body: unknown };
}

function read(path: string): string {
  return readFileSync(new URL(`../../../../fixtures/gogs/${path}`, import.meta.url), 'utf8');
}

/** A recorded delivery as it arrives, with header names in lower case. */
export function recordedWebhook(name: string): WebhookRequest {
  const { headers, body }: RecordedWebhook = JSON.parse(read(`webhooks/${name}.json`));
  const lower = Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value] as const);
  return { headers: Object.fromEntries(lower), rawBody: Buffer.from(body) };
}

/** The body of a recorded answer of the API. */
export function recordedAnswer(name: string): unknown {
  const { response }: RecordedAnswer = JSON.parse(read(`api/${name}.json`));
  return response.body;
}

/** A request with this body and a right signature. */
export function signedWebhook(
  event: string,
  body: string | Uint8Array,
  headers: WebhookRequest['headers'] = {},
): WebhookRequest {
  const rawBody = Buffer.from(body);
  const signature = createHmac('sha256', FIXTURE_SECRET).update(rawBody).digest('hex');
  const known = { 'content-type': 'application/json', 'x-gogs-event': event, 'x-gogs-delivery': 'd-1' };
  return { headers: { ...known, 'x-gogs-signature': signature, ...headers }, rawBody };
}

/** A recorded body with some members changed, signed anew. A member that becomes undefined is left out. */
export function changedWebhook(
  name: string,
  change: (body: Record<string, unknown>) => void,
): WebhookRequest {
  const { headers, rawBody } = recordedWebhook(name);
  const body: Record<string, unknown> = JSON.parse(Buffer.from(rawBody).toString('utf8'));
  change(body);
  return signedWebhook(String(headers['x-gogs-event']), JSON.stringify(body));
}

export function parse(request: WebhookRequest): HookEvent | WebhookRefusal {
  return parseGogsWebhook(request, [FIXTURE_SECRET], FIXTURE_PLACE);
}

/** The build that a webhook asks for; fails when it asks for none. */
export function buildOf(request: WebhookRequest): HookBuild {
  const parsed = parse(request);
  if (parsed.kind === 'build') return parsed;
  throw new Error(`no build: ${JSON.stringify(parsed)}`);
}
