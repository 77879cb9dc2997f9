import { AppError, type ErrorCode } from '@sortie/core/errors';
import type { FastifyRequest } from 'fastify';
import { readJwt } from '../../auth/legacy-jwt.ts';
import { openRepoSigner, type RepoKeyDeps } from '../../services/repo-keys.ts';
import { findRepoBySlug } from '../../store/repos.ts';

/**
 * A webhook in the form of 0.5 (api-legacy.md 3.11): the address carries a token that is signed with the key of the
 * repository. Checks payload, repository and token in that order. Always throws: `invalid-request`, `not-found`,
 * `forbidden`, and `event-ignored` for an event that is genuine, because no Git service is connected that could say
 * what it means.
 */
export async function receiveHook(deps: RepoKeyDeps, request: FastifyRequest): Promise<never> {
  const slug = slugOf(readPayload(request.body));
  if (slug === undefined) throw refusal('invalid-request', 'The payload names no repository.');
  const repo = await findRepoBySlug(deps.db, slug);
  if (repo?.isActive !== true) throw refusal('not-found', 'The repository is not active.');
  const { access_token: token = '' } = request.query as { readonly access_token?: string };
  const jwt = readJwt(token);
  const isOurs = jwt?.claims.type === 'hook' && jwt.isSignedWith(await openRepoSigner(deps, repo.id));
  if (!isOurs) throw refusal('invalid-request', 'The token is not one of the repository.');
  if (jwt.claims.text !== slug) throw refusal('forbidden', 'The token is for another repository.');
  throw new AppError('event-ignored', 'No Git service is connected that could read this event.');
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
