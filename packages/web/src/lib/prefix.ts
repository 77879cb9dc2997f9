/** The path below which the server is, for example `/ci`, as the page says it; empty at the root of the host. */
export function readPrefix(page: Pick<Document, 'querySelector'>): string {
  return page.querySelector('meta[name="sortie-prefix"]')?.getAttribute('content') ?? '';
}

/** An address of the browser for one within the server; a fragment alone stays one. */
export function withPrefix(href: string, prefix: string): string {
  return href.startsWith('/') ? `${prefix}${href}` : href;
}

/** The path within the server. */
export function withoutPrefix(pathname: string, prefix: string): string {
  if (prefix === '' || !pathname.startsWith(prefix)) return pathname;
  const rest = pathname.slice(prefix.length);
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : pathname;
}
