import { list, text } from '../fields.ts';
import type { ScmToken } from '../objects.ts';
import { collectPages, type NextPage, type Rest } from '../rest/client.ts';

/** Bitbucket Cloud. */
export interface BitbucketApi {
  readonly rest: Rest;
  /** `https://bitbucket.org/`. */
  readonly server: URL;
}

const PAGE = { pagelen: 100 } as const;

/** The body holds the address of the next page; the transport refuses it on another host. */
const followNext: NextPage = (_response, body) => {
  const path = text(body, 'next');
  return path === '' ? undefined : { path, query: undefined };
};

export interface ListCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly what: string;
}

/** The elements of all pages of a list. */
export function listAll(api: BitbucketApi, token: ScmToken, call: ListCall): Promise<readonly unknown[]> {
  const pages = api.rest.pages(token, { ...call, query: { ...PAGE, ...call.query } }, followNext);
  return collectPages(pages, (page) => list(page, 'values'));
}
