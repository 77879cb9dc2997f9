import {
  legacyApiHook,
  legacyAuthorize,
  legacyAuthorizeToken,
  legacyHook,
  legacyLogin,
  legacyLoginForm,
  legacyLogout,
  legacyPostAuthorize,
} from '@sortie/contract/legacy/sign-in-routes';
import { AppError } from '@sortie/core/errors';
import type { FastifyReply } from 'fastify';
import { clearCookie } from '../../auth/cookies.ts';
import { LEGACY_SESSION_COOKIE } from '../../auth/legacy-identity.ts';
import type { RepoKeyDeps } from '../../services/repo-keys.ts';
import { receiveHook } from './hook.ts';
import type { LegacyMount } from './mount-legacy.ts';

export interface LegacySignInDeps extends RepoKeyDeps {
  /** What comes before every path in the addresses of this server. */
  readonly pathPrefix: string;
  /** Where the 0.5 API is. */
  readonly legacyPrefix: string;
}

/** The ways in and out of 0.5, and its webhooks (api-legacy.md 3.10 to 3.12). */
export function mountLegacySignIn(mount: LegacyMount, deps: LegacySignInDeps): void {
  const { pathPrefix, legacyPrefix } = deps;
  const page = `${pathPrefix}/login`;
  mount(legacyLogin, ({ reply }) => redirect(reply, `${pathPrefix}${legacyPrefix}/authorize`));
  mount(legacyLoginForm, ({ reply }) => redirect(reply, page));
  // The built-in Git host knows no passwords: people sign in on the page, with a link.
  mount(legacyAuthorize, ({ reply }) => redirect(reply, page));
  mount(legacyPostAuthorize, ({ reply }) => redirect(reply, `${page}?error=access_denied`));
  mount(legacyAuthorizeToken, () => {
    throw new AppError('unauthorized', 'Unauthorized', {
      hint: 'No Git service that gives out tokens is connected.',
      details: { is_bodyless: true },
    });
  });
  mount(legacyLogout, ({ reply }) => {
    const cookies = [LEGACY_SESSION_COOKIE, 'user_last'].map((name) => clearCookie(name, pathPrefix));
    return redirect(reply.header('set-cookie', cookies), `${pathPrefix}/`);
  });
  for (const route of [legacyHook, legacyApiHook]) {
    mount(route, (call) => receiveHook(deps, call.request), { takesBytes: true });
  }
}

function redirect(reply: FastifyReply, to: string): FastifyReply {
  return reply.redirect(to, 303);
}
