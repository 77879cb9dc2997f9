import { AppError } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, type Credentials, type IdentifyDeps, identify, tokenTextOf } from '../auth/identify.ts';
import { hostNetwork } from '../auth/networks.ts';
import type { RateLimiter } from '../auth/rate-limit.ts';
import { clientAddress } from './client-address.ts';

/** Looks who calls; unknown tokens are counted by address. Throws `rate-limited`. */
export async function identifyLimited(
  deps: { readonly auth: IdentifyDeps; readonly limiter: RateLimiter },
  request: FastifyRequest,
  credentials: Credentials,
): Promise<Caller> {
  const text = tokenTextOf(credentials);
  if (text === undefined) return identify(deps.auth, credentials);
  const address = hostNetwork(clientAddress(request));
  deps.limiter.checkGuess(address, text);
  const caller = await identify(deps.auth, credentials);
  deps.limiter.noteGuess(address, text, caller.via === 'token');
  return caller;
}

/** Counts a request of a known caller and says in the answer what is left. Throws `rate-limited`. */
export function takeRequest(limiter: RateLimiter, caller: Caller, reply: FastifyReply): void {
  const left = limiter.takeRequest(caller);
  if (left === undefined) return;
  reply.header('ratelimit-limit', left.limit);
  reply.header('ratelimit-remaining', left.remaining);
  reply.header('ratelimit-reset', left.resetSeconds);
}

/** Puts into headers what a refusal says in its body; returns the error. */
export function describeRefusal(error: unknown, reply: FastifyReply): unknown {
  if (!(error instanceof AppError) || error.code !== 'rate-limited') return error;
  const { retry_after: seconds, limit } = error.details ?? {};
  if (typeof seconds === 'number') {
    reply.header('retry-after', seconds).header('ratelimit-reset', seconds).header('ratelimit-remaining', 0);
  }
  if (typeof limit === 'number') reply.header('ratelimit-limit', limit);
  return error;
}
