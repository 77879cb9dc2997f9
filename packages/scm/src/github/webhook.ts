import { id, member, text } from '../fields.ts';
import type {
  HookMapping,
  OpenedWebhook,
  VerifiedWebhook,
  WebhookOpening,
  WebhookRequest,
} from '../hook-event.ts';
import { type HookBase, ignore, isRefusal, mapped, readBranch } from '../hooks/mapping.ts';
import { openWith } from '../hooks/open.ts';
import { isHubSignature, isSha1HubSignature, verifiedIf } from '../hooks/verify.ts';
import { mapPullRequest } from '../hub/webhook-pull.ts';
import { headerOf, refuse } from '../webhook-body.ts';
import { mapDeployment } from './webhook-deployment.ts';
import { githubPulls } from './webhook-pull.ts';
import { mapPush } from './webhook-push.ts';
import { readHookRepo } from './webhook-repo.ts';

const EVENTS: ReadonlySet<string> = new Set([
  'push',
  'create',
  'delete',
  'pull_request',
  'deployment',
  'ping',
]);

/** Headers and JSON of a webhook of GitHub (scm.md 3.2). Pure, never throws. */
export function openGithubWebhook(request: WebhookRequest): WebhookOpening {
  return openWith(
    {
      eventHeaders: ['x-github-event'],
      deliveryHeaders: ['x-github-delivery'],
      uniqueHeaders: ['x-hub-signature-256', 'x-hub-signature'],
      formSigns: 'body',
      isKnown: (event) => EVENTS.has(event),
      identify: (body) => {
        const isNumber = typeof member(body, 'repository', 'id') === 'number';
        return {
          uid: isNumber ? id(body, 'repository', 'id') : '',
          slug: text(body, 'repository', 'full_name'),
        };
      },
    },
    request,
  );
}

/** SHA-256 is mandatory; SHA-1 counts only with `acceptsSha1` and where no SHA-256 came (old Enterprise Server). */
export function verifyGithubWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
  acceptsSha1: boolean,
): VerifiedWebhook | undefined {
  const { headers, signedBytes } = opened;
  if (headers['x-hub-signature-256'] !== undefined || !acceptsSha1)
    return verifiedIf(
      isHubSignature(headerOf(headers, 'x-hub-signature-256') ?? '', signedBytes, secrets),
      opened,
    );
  const legacy = headerOf(headers, 'x-hub-signature') ?? '';
  return verifiedIf(isSha1HubSignature(legacy, signedBytes, secrets), opened);
}

/** The events of a verified webhook; `server` is the address that people open. Pure, never throws. */
export function mapGithubWebhook(server: URL, webhook: VerifiedWebhook): HookMapping {
  const { body, event, deliveryId } = webhook;
  const repo = readHookRepo(server, webhook.uid, member(body, 'repository'));
  const base: HookBase = { repo, deliveryId, sender: text(body, 'sender', 'login') };
  switch (event) {
    case 'push':
      return mapPush(server, base, body);
    case 'pull_request':
      return mapPullRequest(githubPulls(server), base, body);
    case 'deployment':
      return mapDeployment(server, base, body);
    case 'create':
    case 'delete':
      return mapRefEvent(base, event, body);
    default:
      return mapped(ignore(base, 'nothing is built for this event'));
  }
}

function mapRefEvent(base: HookBase, event: 'create' | 'delete', body: OpenedWebhook['body']): HookMapping {
  const isOtherEvent = ['commits', 'after', 'pull_request', 'deployment'].some((name) =>
    Object.hasOwn(body, name),
  );
  if (isOtherEvent) return refuse('the body does not belong to the event in the header');
  if (event === 'create') return mapped(ignore(base, 'the push of the same ref is built'));
  if (text(body, 'ref_type') !== 'branch') return mapped(ignore(base, 'only deleted branches matter'));
  const branch = readBranch(member(body, 'ref'));
  if (isRefusal(branch)) return branch;
  return mapped({ kind: 'branchDeleted', branch, ...base });
}
