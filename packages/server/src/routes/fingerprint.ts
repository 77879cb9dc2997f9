import { createHash } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../auth/identify.ts';

/** Visible ASCII: what every client, proxy and log passes on unchanged. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The `Idempotency-Key` of a request and whose it is; `undefined` without one, and for callers without an account,
 * who share nothing that could be kept for them. Throws `invalid-request`.
 */
export function readKey(
  request: FastifyRequest,
): { readonly owner: string; readonly key: string } | undefined {
  const key = request.headers['idempotency-key'];
  const owner = request.admission && accountOf(request.admission.caller);
  if (key === undefined || owner === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return { owner, key };
  throw new AppError('invalid-request', 'The Idempotency-Key is not usable.', {
    hint: 'Send one of 1 to 255 visible ASCII characters without spaces, for example a UUID.',
  });
}

/**
 * Names the account of a caller, and the token: an answer may hold what a weaker token of the same account may not
 * see. `undefined` for callers without an account.
 */
export function accountOf(caller: Caller): string | undefined {
  if (caller.user === undefined) return undefined;
  const account = `user:${caller.user.id}`;
  return caller.via === 'token' ? `${account}/token:${caller.token.id}` : account;
}

/** What makes two requests the same: method, path, query without the token, and the members of a form or the bytes. */
export function fingerprintOf(request: FastifyRequest): string {
  const [path = '', ...rest] = request.url.split('?');
  const search = rest.join('?');
  const query = [...new URLSearchParams(search)].filter(([name]) => name !== 'access_token').sort(byName);
  const hash = createHash('sha256').update(JSON.stringify([request.method, path, query]));
  const { form } = request;
  if (form !== undefined) hash.update(JSON.stringify(Object.entries(form).sort(byName)));
  else if (request.bodyBytes !== undefined) hash.update(request.bodyBytes);
  return hash.digest('base64url');
}

/** Values of one name stay in their order: the first one counts. */
function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
