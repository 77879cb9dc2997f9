import { endSessions, signInWithLink, signOut } from '@sortie/contract/sessions';
import { toWireUser } from '@sortie/contract/users';
import type { FastifyRequest } from 'fastify';
import { clearCookie, clearSessionCookie, readSessionCookie } from '../auth/cookies.ts';
import { refuseForeign } from '../auth/cross-site.ts';
import { endLegacySessions, LEGACY_SESSION_COOKIE } from '../auth/legacy-identity.ts';
import { consumeSignInLink, endSession } from '../auth/sessions.ts';
import { requireFullRights } from '../auth/token-limits.ts';
import type { ServerConfig, SessionConfig } from '../config-build.ts';
import type { Pages } from '../static.ts';
import { removeSessionsOfUser } from '../store/sessions.ts';
import { browserRequest } from './admit-request.ts';
import { type Mount, type MountDeps, userOf } from './mount.ts';
import { beginBrowserSession } from './sign-in-session.ts';

export interface SessionRouteDeps extends MountDeps {
  readonly server: MountDeps['server'] & Pick<ServerConfig, 'pathPrefix'>;
  readonly session: SessionConfig;
  readonly pages: Pages;
}

export function mountSessionRoutes(mount: Mount, deps: SessionRouteDeps): void {
  const { pathPrefix } = deps.server;
  mount(signInWithLink, async ({ body, request, reply }) => {
    refuseOtherSites(deps, request);
    const user = await consumeSignInLink(deps.auth, body.token);
    await beginBrowserSession(deps, { request, reply }, user);
    return toWireUser(user);
  });

  mount(endSessions, async (call) => {
    requireFullRights(call.admission.caller);
    await removeSessionsOfUser(deps.auth.db, userOf(call).id);
    await endLegacySessions(deps.auth, userOf(call).id);
    call.reply.header('set-cookie', clearCookies(pathPrefix));
    return undefined;
  });

  mount(
    signOut,
    async ({ request, reply }) => {
      refuseOtherSites(deps, request);
      const value = readSessionCookie(request.headers.cookie);
      if (value !== undefined) await endSession(deps.auth, value);
      return deps.pages.sendPage(reply.header('set-cookie', clearCookies(pathPrefix)));
    },
    { alsoMethods: ['GET'] },
  );
}

/** Takes the sessions of both APIs away. */
function clearCookies(pathPrefix: string): string[] {
  return [clearSessionCookie(pathPrefix), clearCookie(LEGACY_SESSION_COOKIE, pathPrefix)];
}

/** Another site must neither sign a person in, as somebody else, nor out. */
function refuseOtherSites(deps: SessionRouteDeps, request: FastifyRequest): void {
  const own = { publicUrl: deps.server.publicUrl, corsOrigins: [] };
  refuseForeign(own, browserRequest(deps, request));
}
