import { toLegacyBuild } from '@sortie/contract/legacy/builds';
import type { LegacyMountName, LegacyRoute } from '@sortie/contract/legacy/route';
import type { Route } from '@sortie/contract/route';
import { type AccessRule, allows, type RepoAccessRule } from '@sortie/core/access';
import { AppError } from '@sortie/core/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccessSource, type Admission, admit } from '../../auth/admit.ts';
import type { Caller } from '../../auth/identify.ts';
import type { Db } from '../../store/db.ts';
import type { Call, Mount, MountOptions } from '../mount.ts';
import { sendJson } from '../send-json.ts';

export interface LegacyMountDeps {
  /** Absent without Git services. */
  readonly access?: AccessSource;
  readonly db: Db;
  readonly mount: Mount;
  /** Below which path the exact 0.5 API is; empty = nowhere. */
  readonly prefix: string;
  readonly isPrivate: boolean;
  /** Turns an error into its status and sentence, and reports failures of our own. */
  readonly describeError: (error: unknown, request: FastifyRequest) => AppError;
}

export interface LegacyCall<R extends Route> extends Call<R> {
  readonly at: LegacyMountName;
}

/** Returns a JSON value, the reply when it has been sent, or `undefined` for the empty 204 of 0.5. */
type LegacyHandler<R extends Route> = (call: LegacyCall<R>) => unknown;

export interface LegacyMountOptions extends Pick<MountOptions, 'takesBytes' | 'bodyLimit' | 'bodyWithinMs'> {
  /** The route also serves repositories that are not active: it activates them. */
  readonly admitsInactive?: boolean;
}

export type LegacyMount = <R extends LegacyRoute>(
  route: R,
  handler: LegacyHandler<R>,
  options?: LegacyMountOptions,
) => void;

/** Only the clone address of a fork would need more. */
const UNKNOWN_PLACE = { slug: '', httpUrl: '' };

/** An answer without body: 0.5 says nothing about repositories to those who may not see them. */
const BODYLESS = { details: { is_bodyless: true } } as const;

/** Binds routes of the 0.5 API to the places where they live, with its access matrix and its form of errors. */
export function createLegacyMount(deps: LegacyMountDeps): LegacyMount {
  const places = (route: LegacyRoute): readonly (readonly [LegacyMountName, string])[] => [
    ...(route.mounts === 'both' ? ([['root', route.path]] as const) : []),
    ...(deps.prefix === '' ? [] : ([['v0', `${deps.prefix}${route.path}`]] as const)),
  ];
  return (route, handler, options = {}) => {
    for (const [at, url] of places(route)) {
      deps.mount(
        route,
        async (call) => {
          const answer = await handler({ ...call, at });
          return answer as never;
        },
        {
          url: at === 'root' ? onlyDigits(url) : url,
          takesBytes: options.takesBytes,
          bodyLimit: options.bodyLimit,
          bodyWithinMs: options.bodyWithinMs,
          showBuild: (build) => toLegacyBuild(build, UNKNOWN_PLACE),
          admit: (_route, request, caller) => admitLegacy(deps, route, { request, caller }, options),
          sendAnswer: (reply, answer) => sendAnswer(reply, answer, at),
          sendError: (error, request, reply) => sendError(deps.describeError(error, request), reply),
        },
      );
    }
  };
}

/** Version 1 has paths such as `builds/branches/:branch` at the same place (api-legacy.md, D10). */
function onlyDigits(url: string): string {
  return url.replace(/:(number|job)\b/g, ':$1(^[0-9]+$)');
}

function sendAnswer(reply: FastifyReply, answer: unknown, at: LegacyMountName): FastifyReply {
  if (answer === undefined) {
    return reply.status(204).header('content-type', 'text/plain; charset=utf-8').send();
  }
  return sendJson(reply, answer, at === 'v0' ? 'application/json; charset=utf-8' : 'application/json');
}

/** A bare text, as 0.5 answers tokens and changes of secrets. */
export function sendText(reply: FastifyReply, text = '', status = 200): FastifyReply {
  return reply.status(status).header('content-type', 'text/plain; charset=utf-8').send(text);
}

/** Text or nothing, never JSON; the header names the code for whoever looks. */
function sendError(error: AppError, reply: FastifyReply): FastifyReply {
  const text = error.details?.is_bodyless === true ? '' : error.message;
  return sendText(reply.header('x-error-code', error.code), text, error.status);
}

/**
 * The tiers of api-legacy.md 1.5. Below a repository that is not active there is nothing, and who lacks a right to a
 * repository that he may read hears 404, except for those of its administrators.
 */
async function admitLegacy(
  deps: LegacyMountDeps,
  route: LegacyRoute,
  { request, caller }: { readonly request: FastifyRequest; readonly caller: Caller },
  options: LegacyMountOptions,
): Promise<Admission> {
  const { owner, name, namespace = '' } = request.params as Record<string, string | undefined>;
  const place = { slug: `${owner}/${name}`, namespace };
  if (!isRepoRule(route.access)) return admit(deps, route, caller, place);
  if (options.admitsInactive === true && caller.user === undefined) {
    throw new AppError('forbidden', 'Forbidden', BODYLESS);
  }
  const admission = await admitReader(deps, route, caller, place);
  if (admission.repo?.isActive !== true && options.admitsInactive !== true) throw hidden(caller);
  return requireTier(route, admission);
}

async function admitReader(
  deps: LegacyMountDeps,
  route: LegacyRoute,
  caller: Caller,
  place: Parameters<typeof admit>[3],
): Promise<Admission> {
  try {
    const { access } = route;
    const freshFor = isRepoRule(access) ? access : 'repo:read';
    return await admit(deps, { ...route, access: 'repo:read', freshFor }, caller, place);
  } catch (error) {
    const isMatrix =
      error instanceof AppError && (error.code === 'unauthorized' || error.code === 'not-found');
    throw isMatrix ? hidden(caller) : error;
  }
}

function requireTier({ access }: LegacyRoute, admission: Admission): Admission {
  const { caller, permission } = admission;
  if (access === 'repo:read' || caller.user?.isAdmin === true) return admission;
  const isAllowed =
    caller.user !== undefined &&
    permission !== undefined &&
    (access === 'repo:write' || access === 'repo:admin') &&
    allows(permission, access);
  if (isAllowed) return admission;
  if (access === 'repo:write') throw hidden(caller);
  if (caller.user === undefined) throw new AppError('unauthorized', 'User not authorized');
  throw new AppError('forbidden', 'User is no administrator of the repository');
}

function isRepoRule(rule: AccessRule): rule is RepoAccessRule {
  return rule.startsWith('repo:');
}

/** 401 for guests, 404 for everybody else, without a word. */
function hidden(caller: Caller): AppError {
  return caller.user === undefined
    ? new AppError('unauthorized', 'Unauthorized', BODYLESS)
    : new AppError('not-found', 'Not Found', BODYLESS);
}

/** The 404 without a word of a build, job or log that does not exist. */
export function legacyNotFound(): AppError {
  return new AppError('not-found', 'Not Found', BODYLESS);
}

/** The headers of every 0.5 answer (api-legacy.md 1.6), and its answer to OPTIONS. */
export function addLegacyHeaders(
  app: FastifyInstance,
  { prefix, version }: { readonly prefix: string; readonly version: string },
): void {
  if (prefix === '') return;
  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (!isClaimed(prefix, path)) return;
    reply.headers({
      'access-control-allow-origin': '*',
      'last-modified': new Date().toUTCString(),
      'x-frame-options': 'DENY',
      'x-xss-protection': '1; mode=block',
      'x-drone-version': version,
    });
    if (request.method !== 'OPTIONS') return;
    return reply
      .headers({
        'access-control-allow-methods': 'GET,POST,PUT,PATCH,DELETE,OPTIONS',
        'access-control-allow-headers': 'authorization, origin, content-type, accept',
        allow: 'HEAD,GET,POST,PUT,PATCH,DELETE,OPTIONS',
      })
      .status(200)
      .send();
  });
}

/** What below the prefix is the 0.5 API; the rest belongs to the pages, because a namespace could have that name. */
export function isClaimed(prefix: string, path: string): boolean {
  if (prefix === '' || !path.startsWith(`${prefix}/`)) return false;
  return /^\/(api|ws|hook|login|logout|authorize)(\/|$)/.test(path.slice(prefix.length));
}
