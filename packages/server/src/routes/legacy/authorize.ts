import {
  legacyAuthorize,
  legacyAuthorizeToken,
  legacyPostAuthorize,
} from '@sortie/contract/legacy/sign-in-routes';
import { AppError, type ErrorCode } from '@sortie/core/errors';
import type { FastifyReply } from 'fastify';
import { issueSessionJwt, LEGACY_SESSION_SECONDS } from '../../auth/legacy-identity.ts';
import { reportError } from '../../errors.ts';
import { findKnown } from '../../services/known-person.ts';
import { type Arrival, arriveWithToken } from '../../services/sign-in-ways.ts';
import { requireOwnSite, type SignInRouteDeps, welcome } from '../sign-in.ts';
import type { BrowserCall, Entered } from '../sign-in-desk.ts';
import type { LegacyMount } from './mount-legacy.ts';

export interface LegacyAuthorizeDeps extends SignInRouteDeps {
  /** Where the 0.5 API is. */
  readonly legacyPrefix: string;
}

/** The way in of 0.5 (api-legacy.md 3.10, 3.12). Its sessions and ours begin together. */
export function mountLegacyAuthorize(mount: LegacyMount, deps: LegacyAuthorizeDeps): void {
  const { desk } = deps;
  const { pathPrefix } = deps.server;
  mount(legacyAuthorize, async (call) => {
    const query = call.request.query as Readonly<Record<string, string | undefined>>;
    if (query.error !== undefined) return call.reply.redirect(`${pathPrefix}/login?error=access_denied`, 303);
    if (query.code !== undefined || query.oauth_token !== undefined) {
      return entering(deps, call, () => desk.receive(call));
    }
    const [way, ...others] = desk.ways;
    // With several of them people choose on the page.
    if (way === undefined || others.length > 0) return call.reply.redirect(`${pathPrefix}/login`, 303);
    if (way.kind === 'form') return call.reply.redirect(`${pathPrefix}/login/form`, 303);
    // Where old applications at Git services are registered to come back to.
    const path = call.at === 'root' ? '/authorize' : `${deps.legacyPrefix}/authorize`;
    return sending(deps, call, () => desk.send(call, { way, path, isLink: false }));
  });

  mount(legacyPostAuthorize, async (call) =>
    entering(deps, call, async () => {
      requireOwnSite(deps, call.request);
      const { username, password } = call.form;
      const way = desk.ways.find((each) => each.kind === 'form');
      if (way === undefined)
        throw new AppError('sign-in-refused', 'No service takes names and passwords here.');
      return desk.enter(call, way, { username: username ?? '', password: password ?? '', isLink: false });
    }),
  );
  mountTokenExchange(mount, deps);
}

/** A session for a token of the first Git service: 0.5 knew only one. */
function mountTokenExchange(mount: LegacyMount, deps: LegacyAuthorizeDeps): void {
  mount(legacyAuthorizeToken, async (call) => {
    deps.desk.count(call.request);
    const service = deps.services?.all[0];
    const { access_token: access, refresh_token: refresh = '' } = call.body;
    // Nothing else can travel in a header.
    if (service === undefined || !/^[\x21-\x7e]+$/.test(access)) throw refused('unauthorized');
    const arrival = await believed(() => arriveWithToken(service, { access, refresh, expires: 0 }));
    const user = await findKnown(deps.auth.db, arrival);
    if (user === undefined) throw refused('not-found');
    if (user.isMachine || !user.isActive) throw refused('unauthorized');
    return { access_token: await issueSessionJwt(deps.auth, user), expires_in: LEGACY_SESSION_SECONDS };
  });
}

async function entering(
  deps: LegacyAuthorizeDeps,
  call: BrowserCall,
  work: () => Promise<Entered>,
): Promise<FastifyReply> {
  return sending(deps, call, async () => {
    const entered = await work();
    await welcome(deps, call, entered, { withLegacy: true });
    return `${deps.server.pathPrefix}${entered.next}`;
  });
}

/** 0.5 knows three reasons. */
async function sending(
  deps: LegacyAuthorizeDeps,
  { request, reply }: BrowserCall,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  try {
    return reply.redirect(await work(), 303);
  } catch (error) {
    const reason = reasonOf(reportError(deps.log, error, request).code);
    return reply.redirect(`${deps.server.pathPrefix}/login?error=${reason}`, 303);
  }
}

function reasonOf(code: ErrorCode): string {
  if (code.startsWith('service-')) return 'oauth_error';
  return code === 'internal' || code.startsWith('database-') || code === 'disk-full'
    ? 'internal_error'
    : 'access_denied';
}

async function believed(work: () => Promise<Arrival>): Promise<Arrival> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'sign-in-refused') throw refused('unauthorized', error);
    throw error;
  }
}

/** 0.5 says nothing but the status. */
function refused(code: 'unauthorized' | 'not-found', cause?: unknown): AppError {
  return new AppError(code, 'Unauthorized', {
    hint: 'Send a token of the Git service whose account has signed in here before.',
    details: { is_bodyless: true },
    cause,
  });
}
