import { toWireBuild } from '@sortie/contract/builds';
import { hook, hookOfService } from '@sortie/contract/hook';
import type { Build } from '@sortie/core/build';
import type { Delivery } from '@sortie/core/delivery';
import { MAX_WEBHOOK_BYTES } from '@sortie/scm/webhook-body';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorLog, reportError } from '../errors.ts';
import type { HookWork } from '../hook-work.ts';
import { eventOf } from '../services/hook-events.ts';
import type { HookResult } from '../services/receive-hook.ts';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import type { Mount, MountOptions } from './mount.ts';
import { sendJson } from './send-json.ts';

export interface HookRouteDeps {
  readonly db: Db;
  readonly hooks: HookWork;
  readonly log: HookLog;
  /** How long the body may take; 30 s unless given. */
  readonly bodyMs?: number;
}

export interface HookLog extends ErrorLog {
  info?(fields: Readonly<Record<string, unknown>>, message: string): void;
}

const BODY_MS = 30_000;

/** The webhooks of Git services (scm.md 4.4). */
export function mountHookRoute(mount: Mount, deps: HookRouteDeps): void {
  mount(hook, ({ request, reply }) => answerHook(deps, request, reply), hookOptions(deps));
  mount(
    hookOfService,
    ({ request, reply, params }) => answerHook(deps, request, reply, { service: params.service }),
    hookOptions(deps),
  );
}

/** How webhooks are read: raw, up to 10 MiB, in half a minute; errors are one sentence. */
export function hookOptions({ log, bodyMs = BODY_MS }: HookRouteDeps): MountOptions {
  return {
    takesBytes: true,
    bodyLimit: MAX_WEBHOOK_BYTES,
    bodyWithinMs: bodyMs,
    sendError: (error, request, reply) => {
      const known = reportError(log, error, request);
      return sendMessage(
        reply,
        known.status,
        known.status === 413 ? 'the body is larger than 10 MiB' : known.message,
      );
    },
  };
}

interface HookAnswer {
  /** Name of the connection that the address names. */
  readonly service?: string;
  readonly showBuild?: (build: Build) => unknown;
}

/** Receives the webhook and answers it in the form of version 1. */
export async function answerHook(
  deps: HookRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  { service, showBuild = toWireBuild }: HookAnswer = {},
): Promise<FastifyReply> {
  const { access_token: token = '' } = request.query as { readonly access_token?: string };
  const { headers, bodyBytes: rawBody = NO_BYTES } = request;
  const result = await deps.hooks.receive({
    headers,
    rawBody,
    token,
    ...(service === undefined ? {} : { service }),
  });
  switch (result.kind) {
    case 'refused':
      deps.log.info?.(
        { requestId: request.id, status: result.status, reason: result.note ?? result.message },
        'a webhook was refused',
      );
      return sendMessage(reply, result.status, result.message);
    case 'too-often':
      reply.header('retry-after', String(result.seconds));
      return sendMessage(reply, 429, 'the same webhook came too often');
    case 'ignored':
      return sendJson(reply, { ignored: result.reason });
    case 'stored':
      return answerStored(deps, reply, { result, showBuild });
  }
}

const NO_BYTES = Buffer.alloc(0);

interface Stored {
  readonly result: Extract<HookResult, { kind: 'stored' }>;
  readonly showBuild: (build: Build) => unknown;
}

async function answerStored(
  { db, hooks }: HookRouteDeps,
  reply: FastifyReply,
  { result, showBuild }: Stored,
): Promise<FastifyReply> {
  const delivery = answerOf(result.deliveries);
  if (delivery === undefined) return sendJson(reply, { ignored: 'nothing has changed' });
  reply.header('x-delivery-id', String(delivery.id));
  switch (delivery.verdict) {
    case 'received':
      return sendJson(reply.status(202), { accepted: true, id: delivery.id });
    case 'built':
    case 'error-build': {
      const build = await findBuildById(db, delivery.buildId);
      return sendJson(
        reply,
        build === undefined ? { ignored: 'the build has been removed' } : showBuild(build),
      );
    }
    case 'skipped':
      return sendJson(
        reply,
        hooks.config.sendsNull ? null : { skipped: delivery.message, code: delivery.reason },
      );
    case 'ignored':
      return isRemoval(delivery) ? reply.status(204).send() : sendJson(reply, { ignored: delivery.message });
    case 'failed':
      return sendMessage(reply, 500, delivery.message);
  }
}

/** Of several changes the first one that was built is shown; each of them has its delivery. */
export function answerOf(deliveries: readonly Delivery[]): Delivery | undefined {
  return deliveries.find(({ buildId }) => buildId !== 0) ?? deliveries.find(isOpen) ?? deliveries[0];
}

function isOpen({ verdict }: Delivery): boolean {
  return verdict === 'received';
}

/** A branch that was deleted or a pull request that was closed. */
function isRemoval(delivery: Delivery): boolean {
  const kind = eventOf(delivery)?.kind;
  return kind === 'branchDeleted' || kind === 'pullClosed';
}

function sendMessage(reply: FastifyReply, status: number, message: string): FastifyReply {
  return sendJson(reply.status(status), { message });
}
