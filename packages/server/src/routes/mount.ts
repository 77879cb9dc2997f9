import { toWireBuild } from '@sortie/contract/builds';
import type { Route, RouteBody, RouteParams, RouteQuery, RouteReply } from '@sortie/contract/route';
import { ACCESS_RULES, type AccessRule } from '@sortie/core/access';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../auth/admit.ts';
import type { Caller } from '../auth/identify.ts';
import type { ErrorLog } from '../errors.ts';
import type { Tx } from '../store/db.ts';
import {
  type AdmissionDeps,
  type AdmitOtherwise,
  admitCaller,
  admitRequest,
  identifyRequest,
  mayCarryToken,
} from './admit-request.ts';
import { audit } from './audit.ts';
import { limitBodyTime } from './body-deadline.ts';
import { sendTagged } from './etag.ts';
import type { Idempotency } from './idempotency.ts';
import { sendJson, toJsonText } from './send-json.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route; a route without a rule stops the start. */
    readonly access?: AccessRule;
    /** See `MountOptions.takesBytes`. */
    readonly takesBytes?: boolean;
  }
  interface FastifyRequest {
    /** What the access check found out; set before the body is read. */
    admission: Admission | undefined;
    /** Who sends it, let in or not; absent on routes that ask nobody. */
    caller: Caller | undefined;
    /** The members of a form body. */
    form: Readonly<Record<string, string>> | undefined;
    /** The body as it came; absent when there was none. */
    bodyBytes: Buffer | undefined;
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
  /** Checks access again, for requests that have waited. Throws as at the beginning. */
  readonly readmit: () => Promise<Admission>;
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

export interface MountDeps extends AdmissionDeps {
  readonly log: ErrorLog;
  readonly idempotency: Idempotency;
}

export interface MountOptions {
  /** Drone answers some routes to every method. */
  readonly alsoMethods?: readonly string[];
  /** Where the route is when not at its path: the 0.5 API lives at two places. */
  readonly url?: string;
  /** Takes the place of the usual access check. */
  readonly admit?: AdmitOtherwise;
  /** Takes the place of the problem document. */
  readonly sendError?: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /** Takes the place of the usual JSON answer; `undefined` is an empty one. */
  readonly sendAnswer?: (reply: FastifyReply, answer: unknown) => FastifyReply;
  /** The body is handed over as it came, as a `Buffer`, and not checked. */
  readonly takesBytes?: boolean;
  /** Bytes that the body may have, when not as many as anywhere. */
  readonly bodyLimit?: number;
  /** Milliseconds in which the body must have come. */
  readonly bodyWithinMs?: number;
  /** How the route shows a build that it made before a crash; as v1 answers with new builds unless given. */
  readonly showBuild?: (build: Build) => unknown;
}

export type Mount = <R extends Route>(route: R, handler: Handler<R>, options?: MountOptions) => void;

/** Bodies are held in memory, and strangers may send as many as they like. Hooks are as large as their services make them. */
const OPEN_BODY_BYTES = 16 * 1024;

/** Refuses, while the server is put together, every route that does not say who may use it. */
export function requireAccessRules(app: FastifyInstance): void {
  app.decorateRequest('admission', undefined);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('form', undefined);
  app.decorateRequest('bodyBytes', undefined);
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
      url: options.url ?? route.path,
      exposeHeadRoute: route.method === 'GET' && route.produces === undefined,
      config: { access: route.access, takesBytes: options.takesBytes },
      ...(route.access === 'open' && options.takesBytes !== true ? { bodyLimit: OPEN_BODY_BYTES } : {}),
      ...(options.bodyLimit === undefined ? {} : { bodyLimit: options.bodyLimit }),
      schema: schemasOf(options.takesBytes === true ? { ...route, body: undefined } : route),
      ...(options.sendError === undefined ? {} : { errorHandler: options.sendError }),
      onRequest: async (request, reply) => {
        if (options.bodyWithinMs !== undefined) limitBodyTime(request, options.bodyWithinMs);
        if (mayCarryToken(deps, route, request)) return;
        request.admission = await admitRequest(deps, route, request, reply, options.admit);
      },
      preValidation: async (request, reply) => {
        request.admission ??= await admitRequest(deps, route, request, reply, options.admit);
      },
      onSend: sendHooks(deps, route),
      handler: async (request, reply) => {
        const turn = await deps.idempotency.begin(request, reply);
        if (turn.kind === 'replayed') return reply;
        const { params, query, body, admission } = request as FastifyRequest & Call<typeof route>;
        const form = route.body === undefined ? (request.form ?? {}) : {};
        const { noteBuild } = request;
        const readmit = async () =>
          admitCaller(deps, route, request, await identifyRequest(deps, route, request), options.admit);
        const call = { params, query, body, form, admission, noteBuild, readmit, request, reply };
        const answer = turn.kind === 'built' ? showMade(options, turn.build) : await handler(call);
        if (answer === reply) return reply;
        if (options.sendAnswer !== undefined) return options.sendAnswer(reply, answer);
        if (answer === undefined) return reply.status(204).send();
        return route.hasEtag === true
          ? sendTagged(request, reply, toJsonText(reply, answer))
          : sendJson(reply, answer);
      },
    });
  };
}

type SendHook = (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>;

/** The audit log comes last: it knows how the request has really ended. */
function sendHooks(deps: MountDeps, route: Route): SendHook[] {
  const { db, now } = deps.auth;
  const hooks: SendHook[] = [];
  if (route.method === 'POST') {
    hooks.push((request, reply, payload) => deps.idempotency.end(request, reply, payload));
  }
  if (route.isAudited === true) {
    hooks.push((request, reply, payload) =>
      audit({ db, now, log: deps.log }, route, request, reply, payload),
    );
  }
  return hooks;
}

/** The answer of a request that was interrupted after it had made a build. */
function showMade({ showBuild = toWireBuild }: MountOptions, build: Build | undefined): unknown {
  if (build === undefined) throw notFound('build any more');
  return showBuild(build);
}

/** Without the members that a route does not have: Fastify warns of those. */
function schemasOf({ params, query, body }: Route) {
  return {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
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
