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
import { verifiedIf } from '../hooks/verify.ts';
import { mapPullRequest } from '../hub/webhook-pull.ts';
import { isHexHmac } from '../signature.ts';
import { headerOf, refuse } from '../webhook-body.ts';
import { giteaPulls } from './webhook-pull.ts';
import { mapPush } from './webhook-push.ts';
import { loginOf, readHookRepo } from './webhook-repo.ts';

const SIGNATURES = ['x-forgejo-signature', 'x-gitea-signature'] as const;
/** Verified and then ignored: nothing is built for them. */
const SILENT: ReadonlySet<string> = new Set(['issues', 'issue_comment', 'fork', 'release']);
const MAPPED: ReadonlySet<string> = new Set(['push', 'create', 'delete', 'pull_request']);

/** Headers and JSON of a webhook of Gitea or Forgejo (scm.md 3.1). Pure, never throws. */
export function openGiteaWebhook(request: WebhookRequest): WebhookOpening {
  return openWith(
    {
      eventHeaders: ['x-forgejo-event', 'x-gitea-event'],
      deliveryHeaders: ['x-forgejo-delivery', 'x-gitea-delivery'],
      uniqueHeaders: SIGNATURES,
      formSigns: 'payload',
      isKnown: (event) => MAPPED.has(event) || SILENT.has(event),
      identify: (body) => ({
        uid: numericId(body, 'repository', 'id'),
        slug: text(body, 'repository', 'full_name'),
      }),
    },
    request,
  );
}

/**
 * Every signature of Forgejo and Gitea that came must be right, and one must have come. The headers in the style of
 * Gogs and GitHub, which are sent beside them, and a secret in the address are never looked at.
 */
export function verifyGiteaWebhook(
  opened: OpenedWebhook,
  secrets: readonly string[],
): VerifiedWebhook | undefined {
  const sent = SIGNATURES.filter((name) => opened.headers[name] !== undefined);
  const checks = sent.map((name) =>
    isHexHmac(headerOf(opened.headers, name) ?? '', opened.signedBytes, secrets),
  );
  return verifiedIf(checks.length > 0 && !checks.includes(false), opened);
}

/** The events of a verified webhook; `server` is the public address of the service. Pure, never throws. */
export function mapGiteaWebhook(server: URL, webhook: VerifiedWebhook): HookMapping {
  const { body, event, deliveryId } = webhook;
  const repo = readHookRepo(server, webhook.uid, member(body, 'repository'));
  const base: HookBase = { repo, deliveryId, sender: loginOf(member(body, 'sender')) };
  switch (event) {
    case 'push':
      return mapPush(server, base, body);
    case 'pull_request':
      return mapPullRequest(giteaPulls(server), base, body);
    case 'create':
    case 'delete':
      return mapRefEvent(base, event, body);
    default:
      return mapped(ignore(base, 'nothing is built for this event'));
  }
}

function mapRefEvent(base: HookBase, event: 'create' | 'delete', body: OpenedWebhook['body']): HookMapping {
  const isOtherEvent = ['commits', 'after', 'pull_request'].some((name) => Object.hasOwn(body, name));
  if (isOtherEvent) return refuse('the body does not belong to the event in the header');
  if (event === 'create') return mapped(ignore(base, 'the push of the same ref is built'));
  if (text(body, 'ref_type') !== 'branch') return mapped(ignore(base, 'only deleted branches matter'));
  const branch = readBranch(member(body, 'ref'));
  if (isRefusal(branch)) return branch;
  return mapped({ kind: 'branchDeleted', branch, ...base });
}

function numericId(body: unknown, ...path: readonly string[]): string {
  return typeof member(body, ...path) === 'number' ? id(body, ...path) : '';
}
