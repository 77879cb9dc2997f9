import { LEGACY_ROUTES } from '@sortie/contract/legacy/routes';
import { ROUTES } from '@sortie/contract/routes';
import { AppError } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readCookie } from './auth/cookies.ts';
import { type IdentifyDeps, identify } from './auth/identify.ts';
import { issueCsrfToken, LEGACY_SESSION_COOKIE } from './auth/legacy-identity.ts';
import type { RateLimiter } from './auth/rate-limit.ts';
import { isClaimed } from './routes/legacy/mount-legacy.ts';
import { identifyLimited } from './routes/rate-limit.ts';
import type { PageOptions, Pages } from './static.ts';

/** First segments below which only programs ask: what is unknown there is an error, not a page. */
const PROGRAM_PATHS =
  /^\/(api|rpc|git|hook|metrics|varz|badges|stream|schema|debug|assets|static|\.well-known)(\/|$)/;

export interface UnknownPathDeps {
  readonly auth: IdentifyDeps;
  readonly limiter: RateLimiter;
  readonly pages: Pages;
  readonly pathPrefix: string;
  readonly legacyPrefix: string;
}

/** Answers what no route takes: a page, a file of the pages, or a problem that tells a wrong method from a wrong path. */
export async function answerUnknown(
  deps: UnknownPathDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = pathOf(request.url);
  const methods = methodsOf(path, deps.legacyPrefix);
  if (methods.length > 0) {
    reply.header('allow', methods.join(', '));
    throw new AppError('method-not-allowed', `This path does not know the method ${request.method}.`, {
      hint: `It knows ${methods.join(', ')}.`,
    });
  }
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (isReading && (await deps.pages.sendFile(path, request, reply))) return reply;
  if (!isReading || PROGRAM_PATHS.test(path) || isClaimed(deps.legacyPrefix, path)) {
    throw new AppError('not-found', 'Not Found', { hint: 'There is nothing at this path.' });
  }
  if (path === '/' && !(await isSignedIn(deps, request))) {
    return reply.redirect(`${deps.pathPrefix}/welcome`, 303);
  }
  return deps.pages.sendPage(reply, await pageOptionsOf(deps.auth, request));
}

/** Pages of a 0.5 session get its token against forged requests. */
async function pageOptionsOf(auth: IdentifyDeps, request: FastifyRequest): Promise<PageOptions> {
  const { cookie } = request.headers;
  if (readCookie(cookie, LEGACY_SESSION_COOKIE) === undefined) return {};
  const caller = await identify(auth, { authorization: undefined, cookie, queryToken: undefined });
  if (caller.via !== 'token' || caller.csrfKey === undefined) return {};
  return { csrfToken: issueCsrfToken(caller.user.login, caller.csrfKey) };
}

async function isSignedIn(
  deps: { readonly auth: IdentifyDeps; readonly limiter: RateLimiter },
  request: FastifyRequest,
): Promise<boolean> {
  const { authorization, cookie } = request.headers;
  const caller = await identifyLimited(deps, request, { authorization, cookie, queryToken: undefined });
  return caller.user !== undefined;
}

/** The methods of the routes at a path, to tell a wrong method from a wrong path. */
function methodsOf(path: string, legacyPrefix: string): readonly string[] {
  const plain = path.replace(/\/$/, '');
  const inLegacy = isClaimed(legacyPrefix, plain);
  const known = inLegacy
    ? LEGACY_ROUTES
    : [...ROUTES, ...LEGACY_ROUTES.filter(({ mounts }) => mounts === 'both')];
  const asked = inLegacy ? plain.slice(legacyPrefix.length) : plain;
  const routes = known.filter((route) => {
    const digits = 'mounts' in route ? route.path.replace(/:(number|job)\b/g, '\\d+') : route.path;
    const pattern = digits.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+').replace(/\*$/, '.+');
    return new RegExp(`^${pattern}$`).test(asked);
  });
  // A page may share its path with a route: reading it is the page's.
  const methods = routes.map((route) => route.method);
  const isForPrograms = asked.startsWith('/api/') || asked === '/hook';
  return isForPrograms || methods.includes('GET') ? [...new Set(methods)] : [];
}

/** An address without its query, which may hold a token. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
