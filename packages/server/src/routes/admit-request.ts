import type { Route } from '@sortie/contract/route';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type AccessSource, type Admission, admit } from '../auth/admit.ts';
import { requireSameSite } from '../auth/cross-site.ts';
import { ANONYMOUS, type Caller, type IdentifyDeps } from '../auth/identify.ts';
import { requireCsrfToken } from '../auth/legacy-identity.ts';
import type { RateLimiter } from '../auth/rate-limit.ts';
import { requireNetwork } from '../auth/token-limits.ts';
import type { HttpConfig, ServerConfig } from '../config-build.ts';
import { clientAddress } from './client-address.ts';
import { hostOf } from './host.ts';
import { describeRefusal, identifyLimited, takeRequest } from './rate-limit.ts';

export interface AdmissionDeps {
  /** Absent without Git services. */
  readonly access?: AccessSource;
  readonly auth: IdentifyDeps;
  readonly limiter: RateLimiter;
  readonly server: Pick<ServerConfig, 'publicUrl' | 'isPrivate'>;
  readonly http: HttpConfig;
}

/** Takes the place of the usual access check. */
export type AdmitOtherwise = (route: Route, request: FastifyRequest, caller: Caller) => Promise<Admission>;

/** Finds out who sends the request, counts it against the limits, and lets it in or throws. */
export async function admitRequest(
  deps: AdmissionDeps,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  admitOtherwise?: AdmitOtherwise,
): Promise<Admission> {
  // The same for everybody, so that health checks need no database.
  if (route.access === 'open' && route.scope === undefined) return { caller: ANONYMOUS };
  const caller = await limitCaller(deps, route, request, reply);
  return admitCaller(deps, route, request, caller, admitOtherwise);
}

/** Lets a caller in by the rule of the route, or throws. */
export async function admitCaller(
  deps: AdmissionDeps,
  route: Route,
  request: FastifyRequest,
  caller: Caller,
  admitOtherwise: AdmitOtherwise | undefined,
): Promise<Admission> {
  if (caller.via === 'session') checkOrigin(deps, request);
  requireNetwork(caller, clientAddress(request));
  if (caller.via === 'token') {
    requireCsrfToken(caller, { method: request.method, token: request.headers['x-csrf-token'] });
  }
  if (admitOtherwise !== undefined) return admitOtherwise(route, request, caller);
  const { owner, name, namespace = '' } = request.params as Record<string, string | undefined>;
  const place = { slug: `${owner}/${name}`, namespace };
  const { access, server } = deps;
  return admit({ access, db: deps.auth.db, isPrivate: server.isPrivate }, route, caller, place);
}

async function limitCaller(
  deps: AdmissionDeps,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Caller> {
  try {
    const caller = await identifyRequest(deps, route, request);
    request.caller = caller;
    takeRequest(deps.limiter, caller, reply);
    return caller;
  } catch (error) {
    throw describeRefusal(error, reply);
  }
}

/** A form may hold the token (api-v1.md 1.2), so these requests are looked at when their body has been read. */
export function mayCarryToken(deps: AdmissionDeps, route: Route, { headers }: FastifyRequest): boolean {
  if (route.method === 'GET' || route.allowsQueryToken !== true || !deps.http.allowsQueryTokens) return false;
  const isForm = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
  return !headers.authorization && isForm.test(headers['content-type'] ?? '');
}

/** Who sends the request, seen from a route that may or may not take tokens from the address. */
export function identifyRequest(deps: AdmissionDeps, route: Route, request: FastifyRequest): Promise<Caller> {
  const allowsQuery = route.allowsQueryToken === true && deps.http.allowsQueryTokens;
  const { access_token: inQuery } = request.query as { access_token?: string };
  const queryToken = request.form?.access_token || inQuery;
  const { authorization, cookie } = request.headers;
  const credentials = { authorization, cookie, queryToken: allowsQuery ? queryToken : undefined };
  return identifyLimited(deps, request, credentials);
}

function checkOrigin(deps: AdmissionDeps, request: FastifyRequest): void {
  requireSameSite(
    { publicUrl: deps.server.publicUrl, corsOrigins: deps.http.corsOrigins },
    browserRequest(deps, request),
  );
}

/** What a browser says about where the request comes from. */
export function browserRequest(deps: Pick<AdmissionDeps, 'http'>, request: FastifyRequest) {
  const site = request.headers['sec-fetch-site'];
  return {
    method: request.method,
    host: hostOf(deps.http, request),
    origin: request.headers.origin,
    site: typeof site === 'string' ? site : undefined,
  };
}
