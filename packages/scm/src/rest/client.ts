import { expectOk, jsonOf } from '../answers.ts';
import { ScmError } from '../errors.ts';
import type { ScmToken } from '../objects.ts';
import { linkRelation, readPages } from '../paging.ts';
import type { ScmRequest, ScmResponse, Transport } from '../transport.ts';

export interface RestCall extends ScmRequest {
  /** The thing that is asked for, as errors name it: `The repository`. */
  readonly what: string;
}

export interface RestOptions {
  /** The connection for calls with this token. */
  transportFor(token: ScmToken): Transport;
  /** What stands before every relative path, for example `api/v1/`. */
  readonly prefix: string;
  /** Origin that people use, where calls go to another one. */
  readonly publicOrigin?: string;
  /** What is renamed answers under its old name with the new address, to calls that change something too. */
  readonly followsMoves?: boolean;
  /** Further headers of each call, credentials among them. */
  headersFor(token: ScmToken, call: RestCall): Readonly<Record<string, string>>;
}

/** Calls to the JSON API of one service; each is made with the token it is given. */
export interface Rest {
  /** Whatever the service answers. */
  answer(token: ScmToken, call: RestCall): Promise<ScmResponse>;
  /** A 2xx answer, or an `ScmError`. */
  send(token: ScmToken, call: RestCall): Promise<ScmResponse>;
  /** The JSON of a 2xx answer. */
  json(token: ScmToken, call: RestCall): Promise<unknown>;
  /** The JSON of every page; `next` gives the request after an answer, default is the `Link` header. */
  pages(token: ScmToken, call: RestCall, next?: NextPage): AsyncGenerator<unknown>;
}

/** What to change in the call to get the next page; undefined at the end. */
export type NextPage = (
  response: ScmResponse,
  body: unknown,
) => Pick<ScmRequest, 'path' | 'query'> | undefined;

/** A client that adds prefix and credentials. Keeps nothing. */
export function createRest(options: RestOptions): Rest {
  const { transportFor, prefix, publicOrigin, followsMoves = false, headersFor } = options;
  // A service that is reached inside of the network names its next page by the address that people use.
  const insideOf = (token: ScmToken, path: string) => {
    const { origin } = transportFor(token).base;
    return publicOrigin !== undefined && path.startsWith(`${publicOrigin}/`)
      ? origin + path.slice(publicOrigin.length)
      : path;
  };
  const requestOf = (token: ScmToken, call: RestCall): ScmRequest => ({
    followsMoves,
    ...call,
    path: /^https?:/.test(call.path) ? insideOf(token, call.path) : `${prefix}${call.path}`,
    headers: { ...headersFor(token, call), ...call.headers },
  });
  const answer = (token: ScmToken, call: RestCall) => transportFor(token).send(requestOf(token, call));
  const send = async (token: ScmToken, call: RestCall) => expectOk(await answer(token, call), call.what);
  return {
    answer,
    send,
    json: async (token, call) => jsonOf(await send(token, call)),
    pages: (token, call, next = followLink) =>
      readPages(transportFor(token), {
        first: requestOf(token, call),
        what: call.what,
        next(response, body) {
          const change = next(response, body);
          return change && requestOf(token, { ...call, ...change });
        },
      }),
  };
}

/** The address with relation `next`, which holds the whole query. */
function followLink(response: ScmResponse): Pick<ScmRequest, 'path' | 'query'> | undefined {
  const path = linkRelation(response.headers, 'next');
  if (path === undefined) return undefined;
  const next = URL.parse(path, response.url);
  // Without the rest the list would be taken for a whole one.
  if (next === null)
    throw new ScmError('malformed', 'The Git service names no usable address of the next page.');
  return { path: next.href, query: undefined };
}

/** All elements of all pages. */
export async function collectPages(
  pages: AsyncIterable<unknown>,
  elementsOf: (page: unknown) => readonly unknown[],
): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const page of pages) all.push(...elementsOf(page));
  return all;
}
