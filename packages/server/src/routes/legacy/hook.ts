import { toLegacyBuild } from '@sortie/contract/legacy/builds';
import type { Delivery } from '@sortie/core/delivery';
import { AppError, type ErrorCode } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readJwt } from '../../auth/legacy-jwt.ts';
import type { HookWork } from '../../hook-work.ts';
import type { HookResult } from '../../services/receive-hook.ts';
import { openRepoSigner, type RepoKeyDeps } from '../../services/repo-keys.ts';
import { findBuildById } from '../../store/builds.ts';
import { findRepoById, findRepoBySlug } from '../../store/repos.ts';
import { answerOf } from '../hook.ts';
import { sendText } from './mount-legacy.ts';

export interface LegacyHookDeps extends RepoKeyDeps {
  readonly hooks: HookWork;
}

/**
 * A webhook in the form of 0.5 (api-legacy.md 3.11): the address carries a token that is signed with the key of the
 * repository, and takes the place of a signature; without a token the signature counts. Throws `invalid-request`,
 * `not-found`, `forbidden`, and `event-ignored` for a genuine event of a Git service that is not connected.
 */
export async function receiveLegacyHook(
  deps: LegacyHookDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { access_token: token = '' } = request.query as { readonly access_token?: string };
  const isKnown = deps.hooks.isFromService(request.headers);
  if (token !== '' || !isKnown) await requireToken(deps, request, token);
  if (!isKnown)
    throw new AppError('event-ignored', 'No Git service is connected that could read this event.');
  const rawBody = request.bodyBytes ?? Buffer.alloc(0);
  return answer(deps, reply, await deps.hooks.receive({ headers: request.headers, rawBody, token }));
}

async function requireToken(deps: RepoKeyDeps, request: FastifyRequest, token: string): Promise<void> {
  const slug = slugOf(readPayload(request.body));
  if (slug === undefined) throw refusal('invalid-request', 'The payload names no repository.');
  const repo = await findRepoBySlug(deps.db, slug);
  if (repo?.isActive !== true) throw refusal('not-found', 'The repository is not active.');
  const jwt = readJwt(token);
  const isOurs = jwt?.claims.type === 'hook' && jwt.isSignedWith(await openRepoSigner(deps, repo.id));
  if (!isOurs) throw refusal('invalid-request', 'The token is not one of the repository.');
  if (jwt.claims.text !== slug) throw refusal('forbidden', 'The token is for another repository.');
}

async function answer(deps: LegacyHookDeps, reply: FastifyReply, result: HookResult): Promise<unknown> {
  switch (result.kind) {
    case 'refused':
      return sendText(reply, '', result.status);
    case 'too-often':
      return sendText(reply.header('retry-after', String(result.seconds)), 'Too Many Requests', 429);
    case 'ignored':
      return sendText(reply);
    case 'stored': {
      const delivery = answerOf(result.deliveries);
      return delivery === undefined ? sendText(reply) : answerDelivery(deps, reply, delivery);
    }
  }
}

/** A build in error is one too: 0.5 made none for a file that it could not read, and answered 500. */
async function answerDelivery(
  deps: LegacyHookDeps,
  reply: FastifyReply,
  delivery: Delivery,
): Promise<unknown> {
  reply.header('x-delivery-id', String(delivery.id));
  switch (delivery.verdict) {
    case 'received':
      reply.status(202);
      return { accepted: true, id: delivery.id };
    case 'built':
    case 'error-build': {
      const build = await findBuildById(deps.db, delivery.buildId);
      const repo = await findRepoById(deps.db, delivery.repoId);
      return build === undefined || repo === undefined ? sendText(reply) : toLegacyBuild(build, repo);
    }
    case 'skipped':
      return answerSkipped(reply, delivery);
    case 'ignored':
      return sendText(reply);
    case 'failed':
      return sendText(reply, delivery.message, 500);
  }
}

function answerSkipped(reply: FastifyReply, { reason, message }: Delivery): unknown {
  if (reason === 'skip-directive' || reason === 'event-ignored' || reason === 'owner-missing')
    return undefined;
  if (reason === 'config-missing') return sendText(reply, '', 404);
  return sendText(reply, message);
}

function refusal(code: ErrorCode, message: string): AppError {
  return new AppError(code, message, { details: { is_bodyless: true } });
}

/** JSON as it is, or in the form member `payload`; a wrong content type does not matter. */
function readPayload(body: unknown): unknown {
  const text = Buffer.isBuffer(body) ? body.toString('utf8') : '';
  const json = /^\s*[{[]/.test(text) ? text : (new URLSearchParams(text).get('payload') ?? '');
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `owner/name`, as GitHub, Gitea and Gogs name it. */
function slugOf(payload: unknown): string | undefined {
  const repository = memberOf(payload, 'repository');
  const name = memberOf(repository, 'full_name');
  return typeof name === 'string' ? name : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
