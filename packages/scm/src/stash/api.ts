import { list, member, text } from '../fields.ts';
import { splitSlug } from '../hooks/mapping.ts';
import type { ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { collectPages, type Rest, type RestCall } from '../rest/client.ts';

/** One Bitbucket Server. */
export interface StashApi {
  readonly rest: Rest;
  /** Address that people open, with a slash at its end. */
  readonly server: URL;
  /** Address that calls go to. */
  readonly base: URL;
  readonly origins: readonly string[];
}

const LIMIT = 100;

/** `projects/KEY/repos/NAME`; a personal repository has the key `~user`. */
export function repoPath(slug: string): string {
  const { namespace, name } = splitSlug(slug);
  return `projects/${joinPath(namespace)}/repos/${joinPath(name)}`;
}

/** The elements of all pages; `pageOf` finds the page inside of the answer. */
export function listAll(
  api: StashApi,
  token: ScmToken,
  call: RestCall,
  pageOf: (body: unknown) => unknown = (body) => body,
): Promise<readonly unknown[]> {
  const first = { ...call, query: { ...call.query, start: 0, limit: LIMIT } };
  const pages = api.rest.pages(token, first, (_response, body) => {
    const page = pageOf(body);
    // The next page need not begin where this one ends: rows may have been left out.
    const start = member(page, 'nextPageStart');
    const isLast = member(page, 'isLastPage') !== false || typeof start !== 'number';
    return isLast ? undefined : { path: call.path, query: { ...first.query, start } };
  });
  return collectPages(pages, (body) => list(pageOf(body), 'values'));
}

/** The text of a path, which comes as an object. */
export function pathOf(value: unknown): string {
  return text(value, 'toString') || list(value, 'components').join('/');
}
