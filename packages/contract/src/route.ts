import type { AccessRule } from '@sortie/core/access';
import type { ErrorCode } from '@sortie/core/errors';
import type { Scope } from '@sortie/core/token';
import type { Static, TSchema } from 'typebox';

/**
 * One route of the HTTP API: everything that server, OpenAPI document and clients need to know of it. A server
 * mounts it by value, so a handler cannot disagree with its schemas or its access rule.
 */
export interface Route<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> {
  /** The `operationId`, as in Drone's OpenAPI document where it has one. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Fastify's form: `/api/repos/:owner/:name`. */
  readonly path: string;
  readonly access: AccessRule;
  /** What a scoped token needs, or that any token will do; routes that no token may use leave it out. */
  readonly scope?: Scope | 'any';
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Shape of the 200 answer; absent for streams, plain text and empty answers. */
  readonly reply?: Reply;
  /** The answer may also be empty (204), depending on what was asked. */
  readonly mayBeEmpty?: boolean;
  /** Shape of a 202 answer: the work goes on behind it. */
  readonly accepted?: TSchema;
  /** The answer is a redirect (303) to the address in `Location`. */
  readonly isRedirect?: boolean;
  /** Media types of the answer beside, or instead of, JSON. */
  readonly produces?: readonly string[];
  /** Codes of errors that are this route's own, beside those of access, path, query and body. */
  readonly errors?: readonly ErrorCode[];
  /** The answer has an `ETag`, and `If-None-Match` is heeded: 304 while nothing has changed. */
  readonly hasEtag?: boolean;
  /** Written to the audit log, with its result, whoever asks: everything administrative or about secrets. */
  readonly isAudited?: boolean;
  /** The token may also come as `?access_token=`, for clients that cannot set headers (`EventSource`). */
  readonly allowsQueryToken?: boolean;
  /** A repository that no synchronisation has brought yet is looked up at the Git service of the account. */
  readonly adoptsUnknown?: boolean;
  /**
   * Changes nothing and shows no secret: rights to write or administer that are as old as those to read will do, also
   * while the Git service is out.
   */
  readonly onlyLooks?: boolean;
}

/** Keeps the schema types of a route while checking its form. */
export function defineRoute<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema>(
  route: Route<P, Q, B, R>,
): Route<P, Q, B, R> {
  return route;
}

export type RouteParams<R> = R extends Route<infer P, TSchema, TSchema, TSchema> ? Static<P> : never;
export type RouteQuery<R> = R extends Route<TSchema, infer Q, TSchema, TSchema> ? Static<Q> : never;
export type RouteBody<R> = R extends Route<TSchema, TSchema, infer B, TSchema> ? Static<B> : never;
export type RouteReply<R> = R extends Route<TSchema, TSchema, TSchema, infer Y> ? Static<Y> : never;
