export interface PagingRule {
  readonly defaultSize: number;
  readonly maxSize: number;
  /** What a larger wish becomes. */
  readonly tooLarge: 'default' | 'max';
}

export interface Page {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** Reads `page` and `per_page` as Drone does: whatever makes no sense is the first page, or the usual size. */
export function readPage(
  query: { readonly page?: string; readonly per_page?: string },
  rule: PagingRule,
): Page {
  const wanted = readCount(query.per_page) ?? rule.defaultSize;
  const fallback = rule.tooLarge === 'max' ? rule.maxSize : rule.defaultSize;
  return { page: readCount(query.page) ?? 1, perPage: wanted > rule.maxSize ? fallback : wanted };
}

/** A positive whole number that leaves room for multiplication. */
function readCount(text: string | undefined): number | undefined {
  const isCount = text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0;
  return isCount ? Number(text) : undefined;
}

/** What `linkPages` needs of a request and its answer. */
export interface PagedCall {
  readonly request: { readonly url: string };
  readonly reply: { header(name: string, value: string): unknown };
}

/**
 * Names the neighbours of a page in the `Link` header (RFC 8288), as addresses relative to the one that was asked for.
 * A full page has a next one, which is empty when the list ends there: counting a long list costs more than asking.
 */
export function linkPages({ request, reply }: PagedCall, { page, perPage }: Page, count: number): void {
  const links: string[] = [];
  if (page > 1) links.push(pageLink(request.url, 1, 'first'), pageLink(request.url, page - 1, 'prev'));
  if (count >= perPage) links.push(pageLink(request.url, page + 1, 'next'));
  if (links.length > 0) reply.header('link', links.join(', '));
}

/** A token in the address is for this request only. */
function pageLink(url: string, page: number, relation: string): string {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1 || url.length));
  query.delete('access_token');
  query.set('page', String(page));
  return `<?${query}>; rel="${relation}"`;
}
