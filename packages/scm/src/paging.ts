import { expectOk, jsonOf } from './answers.ts';
import { ScmError } from './errors.ts';
import type { ScmRequest, ScmResponse, Transport } from './transport.ts';

const MAX_PAGES = 1_000;
const MAX_DURATION = 30 * 60 * 1000;

export interface Pages {
  readonly first: ScmRequest;
  /** For the error: `The list of repositories`. */
  readonly what: string;
  /** The request for the next page, or undefined at the end. `body` is the parsed JSON. */
  next(response: ScmResponse, body: unknown, page: number): ScmRequest | undefined;
  /** Milliseconds since 1970. */
  now?(): number;
}

/**
 * The bodies of all pages. Stops with `malformed` after 1,000 pages, after 30 minutes or when a page names one as
 * next that was already read; addresses on another host are refused by the transport.
 */
export async function* readPages(transport: Transport, pages: Pages): AsyncGenerator<unknown> {
  const now = pages.now ?? Date.now;
  const started = now();
  const seen = new Set<string>();
  let request: ScmRequest | undefined = pages.first;
  for (let page = 1; request !== undefined; page += 1) {
    const key = JSON.stringify([request.path, request.query ?? {}]);
    if (page > MAX_PAGES || seen.has(key) || now() - started > MAX_DURATION)
      throw new ScmError('malformed', `${pages.what} does not end.`);
    seen.add(key);
    const response: ScmResponse = expectOk(await transport.send(request), pages.what);
    const body = jsonOf(response);
    yield body;
    request = pages.next(response, body, page);
  }
}

/** The address of a relation (`next`) in a `Link` header, or undefined. */
export function linkRelation(headers: Headers, relation: string): string | undefined {
  for (const [, address, parameters] of (headers.get('link') ?? '').matchAll(/<([^>]*)>((?:;[^,]*)*)/g)) {
    const relations = /;\s*rel\s*=\s*"?([^";]*)"?/i.exec(parameters ?? '')?.[1] ?? '';
    if (relations.split(/\s+/).includes(relation)) return address;
  }
  return undefined;
}
