import type { User } from '@sortie/core/user';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readSessionCookie, writeCookie, writeSessionCookie } from '../auth/cookies.ts';
import { issueSessionJwt, LEGACY_SESSION_COOKIE } from '../auth/legacy-identity.ts';
import { endSession, type SessionDeps, startSession } from '../auth/sessions.ts';
import type { UserTokenDeps } from '../auth/user-token.ts';
import type { ServerConfig, SessionConfig } from '../config-build.ts';

export interface BrowserSessionDeps {
  readonly auth: SessionDeps & UserTokenDeps;
  readonly server: Pick<ServerConfig, 'pathPrefix'>;
  readonly session: SessionConfig;
}

/** As Drone's browsers keep the cookie of 0.5; it ends by its content. */
const LEGACY_COOKIE_SECONDS = 2_147_483_647;

/**
 * A new session for this browser in place of the one that it had: the value before is worth nothing any more. `withLegacy`
 * adds the cookie of the 0.5 API.
 */
export async function beginBrowserSession(
  deps: BrowserSessionDeps,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  user: User,
  { withLegacy = false } = {},
): Promise<void> {
  const { pathPrefix } = deps.server;
  const { isSecure, timeoutMs } = deps.session;
  const before = readSessionCookie(request.headers.cookie);
  if (before !== undefined) await endSession(deps.auth, before);
  const value = await startSession(deps.auth, user);
  const maxAgeSeconds = Math.floor(timeoutMs / 1000);
  reply.header('set-cookie', writeSessionCookie(value, { maxAgeSeconds, isSecure, pathPrefix }));
  // The audit log names who it is now.
  request.caller = { via: 'session', user };
  if (!withLegacy) return;
  const jwt = await issueSessionJwt(deps.auth, user);
  const options = { maxAgeSeconds: LEGACY_COOKIE_SECONDS, isSecure, pathPrefix };
  reply.header('set-cookie', writeCookie(LEGACY_SESSION_COOKIE, jwt, options));
}
