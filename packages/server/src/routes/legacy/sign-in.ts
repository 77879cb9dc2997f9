import {
  legacyApiHook,
  legacyHook,
  legacyLogin,
  legacyLoginForm,
  legacyLogout,
} from '@sortie/contract/legacy/sign-in-routes';
import type { FastifyReply } from 'fastify';
import { clearCookie } from '../../auth/cookies.ts';
import { LEGACY_SESSION_COOKIE } from '../../auth/legacy-identity.ts';
import { type LegacyHookDeps, receiveLegacyHook } from './hook.ts';
import type { LegacyMount, LegacyMountOptions } from './mount-legacy.ts';

export interface LegacySignInDeps extends LegacyHookDeps {
  /** How webhooks are read. */
  readonly hookReading: LegacyMountOptions;
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
  mount(legacyLogout, ({ reply }) => {
    const cookies = [LEGACY_SESSION_COOKIE, 'user_last'].map((name) => clearCookie(name, pathPrefix));
    return redirect(reply.header('set-cookie', cookies), `${pathPrefix}/`);
  });
  for (const route of [legacyHook, legacyApiHook]) {
    mount(route, (call) => receiveLegacyHook(deps, call.request, call.reply), deps.hookReading);
  }
}

function redirect(reply: FastifyReply, to: string): FastifyReply {
  return reply.redirect(to, 303);
}
