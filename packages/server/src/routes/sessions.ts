import { signInWithLink, signOut } from '@sortie/contract/sessions';
import { toWireUser } from '@sortie/contract/users';
import type { FastifyRequest } from 'fastify';
import { clearSessionCookie, readSessionCookie, writeSessionCookie } from '../auth/cookies.ts';
import { refuseForeign } from '../auth/cross-site.ts';
import { consumeSignInLink, endSession, startSession } from '../auth/sessions.ts';
import type { SessionConfig } from '../config-build.ts';
import type { Pages } from '../static.ts';
import { browserRequest, type Mount, type MountDeps } from './mount.ts';

export interface SessionRouteDeps extends MountDeps {
  readonly session: SessionConfig;
  readonly pages: Pages;
}

export function mountSessionRoutes(mount: Mount, deps: SessionRouteDeps): void {
  mount(signInWithLink, async ({ body, request, reply }) => {
    refuseOtherSites(deps, request);
    const user = await consumeSignInLink(deps.auth, body.token);
    const value = await startSession(deps.auth, user);
    const maxAgeSeconds = Math.floor(deps.session.timeoutMs / 1000);
    reply.header('set-cookie', writeSessionCookie(value, { maxAgeSeconds, isSecure: deps.session.isSecure }));
    return toWireUser(user);
  });

  mount(
    signOut,
    async ({ request, reply }) => {
      refuseOtherSites(deps, request);
      const value = readSessionCookie(request.headers.cookie);
      if (value !== undefined) await endSession(deps.auth, value);
      return deps.pages.sendPage(reply.header('set-cookie', clearSessionCookie()));
    },
    { alsoMethods: ['GET'] },
  );
}

/** Another site must neither sign a person in, as somebody else, nor out. */
function refuseOtherSites(deps: SessionRouteDeps, request: FastifyRequest): void {
  const own = { publicUrl: deps.server.publicUrl, corsOrigins: [] };
  refuseForeign(own, browserRequest(deps, request));
}
