import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mapBitbucketWebhook, openBitbucketWebhook, verifyBitbucketWebhook } from '../bitbucket/webhook.ts';
import { mapGiteaWebhook, openGiteaWebhook, verifyGiteaWebhook } from '../gitea/webhook.ts';
import { mapGithubWebhook, openGithubWebhook, verifyGithubWebhook } from '../github/webhook.ts';
import { mapGitlabWebhook, openGitlabWebhook, verifyGitlabWebhook } from '../gitlab/webhook.ts';
import type {
  HookBuild,
  HookMapping,
  OpenedWebhook,
  VerifiedWebhook,
  WebhookOpening,
  WebhookRequest,
} from '../hook-event.ts';
import { mapStashWebhook, openStashWebhook, verifyStashWebhook } from '../stash/webhook.ts';

export const HOOK_SECRET = 'hook-key-7f3a';
export const NOW = 1_790_000_000;
const FIXTURES = new URL('../../../../fixtures/', import.meta.url);

type Headers = Record<string, string>;

/** One service as its webhooks see it: the three pure functions, and how the service itself would send. */
export interface DeliveringService {
  readonly name: string;
  open(request: WebhookRequest): WebhookOpening;
  verify(opened: OpenedWebhook, secrets: readonly string[]): VerifiedWebhook | undefined;
  map(webhook: VerifiedWebhook): HookMapping;
  /** Headers of a delivery that is signed with the secret. */
  headers(event: string, body: Uint8Array, secret: string): Headers;
  readonly signatureHeader: string;
}

/** Lower-case hex of the HMAC. */
export function hmac(secret: string, body: Uint8Array | string, algorithm = 'sha256'): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}

const gitea = new URL('http://git.example.test/');
const github = new URL('https://github.com/');
const gitlab = new URL('https://gitlab.com/');
const bitbucket = new URL('https://bitbucket.org/');
const stash = new URL('http://stash.example.test:7990/');

/** Every service that this suite covers; Forgejo sends what Gitea sends under its own names. */
export const SERVICES: readonly DeliveringService[] = [
  {
    name: 'gitea',
    open: openGiteaWebhook,
    verify: verifyGiteaWebhook,
    map: (webhook) => mapGiteaWebhook(gitea, webhook),
    headers: (event, body, secret) => ({
      'x-gitea-event': event,
      'x-gitea-delivery': 'd-1',
      'x-gitea-signature': hmac(secret, body),
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
    }),
    signatureHeader: 'x-gitea-signature',
  },
  {
    name: 'forgejo',
    open: openGiteaWebhook,
    verify: verifyGiteaWebhook,
    map: (webhook) => mapGiteaWebhook(gitea, webhook),
    headers: (event, body, secret) => ({
      'x-forgejo-event': event,
      'x-forgejo-delivery': 'd-1',
      'x-forgejo-signature': hmac(secret, body),
      'x-gitea-event': event,
      'x-gitea-delivery': 'd-1',
      'x-gitea-signature': hmac(secret, body),
    }),
    signatureHeader: 'x-forgejo-signature',
  },
  {
    name: 'github',
    open: openGithubWebhook,
    verify: (opened, secrets) => verifyGithubWebhook(opened, secrets, false),
    map: (webhook) => mapGithubWebhook(github, webhook),
    headers: (event, body, secret) => ({
      'x-github-event': event,
      'x-github-delivery': 'd-1',
      'x-hub-signature': `sha1=${hmac(secret, body, 'sha1')}`,
      'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
    }),
    signatureHeader: 'x-hub-signature-256',
  },
  {
    name: 'gitlab',
    open: openGitlabWebhook,
    verify: (opened, secrets) => verifyGitlabWebhook(opened, secrets, NOW),
    map: (webhook) => mapGitlabWebhook(gitlab, webhook),
    headers: (event, _body, secret) => ({
      'x-gitlab-event': event,
      'x-gitlab-event-uuid': 'd-1',
      'idempotency-key': 'd-1',
      'x-gitlab-token': secret,
    }),
    signatureHeader: 'x-gitlab-token',
  },
  {
    name: 'bitbucket',
    open: openBitbucketWebhook,
    verify: verifyBitbucketWebhook,
    map: (webhook) => mapBitbucketWebhook(bitbucket, webhook),
    headers: (event, body, secret) => ({
      'x-event-key': event,
      'x-request-uuid': 'd-1',
      'x-hub-signature': `sha256=${hmac(secret, body)}`,
    }),
    signatureHeader: 'x-hub-signature',
  },
  {
    name: 'stash',
    open: openStashWebhook,
    verify: verifyStashWebhook,
    map: (webhook) => mapStashWebhook(stash, webhook),
    headers: (event, body, secret) => ({
      'x-event-key': event,
      'x-request-id': 'd-1',
      'x-hub-signature': `sha256=${hmac(secret, body)}`,
    }),
    signatureHeader: 'x-hub-signature',
  },
];

export interface DeliveryFixture {
  readonly name: string;
  readonly event: string;
  readonly expect: readonly Record<string, unknown>[];
  readonly body: Record<string, unknown>;
}

/** The deliveries under `fixtures/SERVICE`, each with the events that must follow. */
export function deliveriesOf(service: DeliveringService): readonly DeliveryFixture[] {
  const folder = new URL(`${service.name === 'forgejo' ? 'gitea' : service.name}/`, FIXTURES);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ ...JSON.parse(readFileSync(new URL(file, folder), 'utf8')), name: file.slice(0, -5) }));
}

/** One delivery by name. */
export function deliveryOf(service: DeliveringService, name: string): DeliveryFixture {
  const found = deliveriesOf(service).find((delivery) => delivery.name === name);
  if (found === undefined) throw new Error(`There is no fixture ${name} of ${service.name}.`);
  return found;
}

/** What became of a delivery; `unverified` stands for a signature that was not accepted. */
export type DeliveryOutcome =
  | HookMapping
  | Exclude<WebhookOpening, OpenedWebhook>
  | { readonly kind: 'unverified' };

/** Signs, opens, verifies and maps, as the server does. Headers given as undefined are left out. */
export function deliver(
  service: DeliveringService,
  event: string,
  body: unknown,
  change: {
    readonly headers?: Record<string, string | undefined>;
    readonly secrets?: readonly string[];
  } = {},
): DeliveryOutcome {
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = { ...service.headers(event, bytes, HOOK_SECRET), ...change.headers };
  return receive(service, { headers, rawBody: bytes }, change.secrets ?? [HOOK_SECRET]);
}

/** Opens, verifies and maps a request. */
export function receive(
  service: DeliveringService,
  request: WebhookRequest,
  secrets: readonly string[],
): DeliveryOutcome {
  const opening = service.open(request);
  if (opening.kind !== 'opened') return opening;
  const verified = service.verify(opening, secrets);
  return verified === undefined ? { kind: 'unverified' } : service.map(verified);
}

/** The service with this name. */
export function byName(name: string): DeliveringService {
  const found = SERVICES.find((service) => service.name === name);
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
}

/** A push that is built. */
export function pushOf(service: DeliveringService): DeliveryFixture {
  return deliveryOf(service, service.name === 'stash' ? 'branch-update' : 'push-branch');
}

/** The kinds of the events, or why there are none. */
export function summary(outcome: DeliveryOutcome): string {
  return outcome.kind === 'mapped' ? outcome.events.map(({ kind }) => kind).join(' ') : outcome.kind;
}

/** The first build of a delivery that must make one. */
export function firstBuild(outcome: DeliveryOutcome): HookBuild {
  const found = outcome.kind === 'mapped' ? outcome.events.find(({ kind }) => kind === 'build') : undefined;
  if (found?.kind !== 'build') throw new Error(`No build was made: ${JSON.stringify(outcome)}`);
  return found;
}
