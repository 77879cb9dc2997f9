import type { TSchema } from 'typebox';
import type { Route } from '../route.ts';

/** A route of the 0.5 API (api-legacy.md 6.2), below the prefix, and at the usual place too where that is free. */
export interface LegacyRoute<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> extends Route<Params, Query, Body, Reply> {
  /** Row of the index; 0 for what the index leaves out. */
  readonly row: number;
  /** `v0`: at the usual place version 1 answers, in a way that both kinds of client understand. */
  readonly mounts: 'both' | 'v0';
}

/** Where a mounted route is reached. */
export type LegacyMountName = 'root' | 'v0';

/** Keeps the schema types of a route. Tokens may come in the address: old clients know nothing else. */
export function defineLegacyRoute<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema>(
  route: Omit<LegacyRoute<P, Q, B, R>, 'allowsQueryToken'>,
): LegacyRoute<P, Q, B, R> {
  return { ...route, allowsQueryToken: true };
}
