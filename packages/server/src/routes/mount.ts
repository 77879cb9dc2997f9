import type { Route, RouteBody, RouteParams, RouteQuery, RouteReply } from '@sortie/contract/route';
import { ACCESS_RULES, type AccessRule } from '@sortie/core/access';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Admission, admit } from '../auth/admit.ts';
import { requireSameSite } from '../auth/cross-site.ts';
import { ANONYMOUS, type Caller, identify } from '../auth/identify.ts';
import type { SessionDeps } from '../auth/sessions.ts';
import type { HttpConfig, ServerConfig } from '../config-build.ts';
import type { Tx } from '../store/db.ts';
import { hostOf } from './host.ts';
import { sendJson } from './send-json.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route; a route without a rule stops the start. */
    readonly access?: AccessRule;
  }
  interface FastifyRequest {
    /** What the access check found out; set before the body is read. */
    admission: Admission | undefined;
    /** The members of a form body. */
    form: Readonly<Record<string, string>> | undefined;
    /** See `Call.noteBuild`. */
    noteBuild: ((tx: Tx, build: Build) => Promise<void>) | undefined;
  }
}

/** One request to a route of the contract, checked and parsed. */
export interface Call<R extends Route> {
  readonly params: RouteParams<R>;
  readonly query: RouteQuery<R>;
  readonly body: RouteBody<R>;
  /** The members of a form body, empty for any other; the first value of each name. */
  readonly form: Readonly<Record<string, string>>;
  readonly admission: Admission;
  /**
   * To be run in the transaction that makes a build, where the request makes one: ties it to the idempotency key, so
   * that a repeat of the request finds it even when the answer was lost in a crash. Absent without a key.
   */
  readonly noteBuild: ((tx: Tx, build: Build) => Promise<void>) | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Returns the answer (`null` is one), `undefined` for an empty one (204), or the reply when it has been sent. */
export type Handler<R extends Route> = (
  call: Call<R>,
) =>
  | Promise<RouteReply<R> | FastifyReply | null | undefined>
  | RouteReply<R>
  | FastifyReply
  | null
  | undefined;

export interface MountDeps {
  readonly auth: SessionDeps;
  readonly server: Pick<ServerConfig, 'publicUrl' | 'isPrivate'>;
  readonly http: HttpConfig;
}

export interface MountOptions {
  /** Drone answers some routes to every method. */
  readonly alsoMethods?: readonly string[];
}

export type Mount = <R extends Route>(route: R, handler: Handler<R>, options?: MountOptions) => void;

/** Refuses, while the server is put together, every route that does not say who may use it. */
export function requireAccessRules(app: FastifyInstance): void {
  app.decorateRequest('admission', undefined);
  app.decorateRequest('form', undefined);
  app.decorateRequest('noteBuild', undefined);
  app.addHook('onRoute', ({ config, url }) => {
    const rule = config?.access;
    if (rule !== undefined && ACCESS_RULES.includes(rule)) return;
    throw new TypeError(`the route ${url} has no access rule`);
  });
}

/** Binds routes of the contract to the server: access before anything else, then path, query, body, handler. */
export function createMount(app: FastifyInstance, deps: MountDeps): Mount {
  return (route, handler, options = {}) => {
    app.route({
      method: [route.method, ...(options.alsoMethods ?? [])],
      url: route.path,
      exposeHeadRoute: route.method === 'GET' && route.produces === undefined,
      config: { access: route.access },
      schema: schemasOf(route),
      onRequest: async (request) => {
        request.admission = await admitRequest(deps, route, request);
      },
      handler: async (request, reply) => {
        const { params, query, body, admission } = request as FastifyRequest & Call<typeof route>;
        const form = route.body === undefined ? (request.form ?? {}) : {};
        const { noteBuild } = request;
        const call = { params, query, body, form, admission, noteBuild, request, reply };
        const answer = await handler(call);
        if (answer === reply) return reply;
        return answer === undefined ? reply.status(204).send() : sendJson(reply, answer);
      },
    });
  };
}

/** Without the members that a route does not have: Fastify warns of those. */
function schemasOf({ params, query, body }: Route) {
  return {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
  };
}

async function admitRequest(deps: MountDeps, route: Route, request: FastifyRequest): Promise<Admission> {
  // The same for everybody, so that health checks need no database.
  if (route.access === 'open' && route.scope === undefined) return { caller: ANONYMOUS };
  const caller = await identifyRequest(deps, route, request);
  if (caller.via === 'session') checkOrigin(deps, request);
  const { owner, name, namespace = '' } = request.params as Record<string, string | undefined>;
  const place = { slug: `${owner}/${name}`, namespace };
  return admit({ db: deps.auth.db, isPrivate: deps.server.isPrivate }, route, caller, place);
}

/** Who sends the request, seen from a route that may or may not take tokens from the address. */
export function identifyRequest(deps: MountDeps, route: Route, request: FastifyRequest): Promise<Caller> {
  const allowsQuery = route.allowsQueryToken === true && deps.http.allowsQueryTokens;
  const { access_token: queryToken } = request.query as { access_token?: string };
  const { authorization, cookie } = request.headers;
  return identify(deps.auth, { authorization, cookie, queryToken: allowsQuery ? queryToken : undefined });
}

function checkOrigin(deps: MountDeps, request: FastifyRequest): void {
  requireSameSite(
    { publicUrl: deps.server.publicUrl, corsOrigins: deps.http.corsOrigins },
    browserRequest(deps, request),
  );
}

/** What a browser says about where the request comes from. */
export function browserRequest(deps: Pick<MountDeps, 'http'>, request: FastifyRequest) {
  const site = request.headers['sec-fetch-site'];
  return {
    method: request.method,
    host: hostOf(deps.http, request),
    origin: request.headers.origin,
    site: typeof site === 'string' ? site : undefined,
  };
}

/** The account of a route whose rule has made sure that there is one. */
export function userOf(call: { readonly admission: Admission }): User {
  const { user } = call.admission.caller;
  if (user === undefined)
    throw new TypeError('the access rule of this route lets in callers without an account');
  return user;
}

/** The repository of a route below one. */
export function repoOf(call: { readonly admission: Admission }): Repo {
  const { repo } = call.admission;
  if (repo === undefined) throw new TypeError('this route is not below a repository');
  return repo;
}

/** The 404 of a named thing that does not exist. */
export function notFound(what: string): AppError {
  return new AppError('not-found', 'Not Found', { hint: `There is no such ${what}.` });
}
