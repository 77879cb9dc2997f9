/** The pages, by address. Drone's addresses keep their meaning (cli-ui-sdk.md 3.1). */
export type Route =
  | { readonly page: 'dashboard' }
  | { readonly page: 'welcome'; readonly notice: string }
  | { readonly page: 'login'; readonly next: string }
  | { readonly page: 'login-error'; readonly code: string }
  | { readonly page: 'sign-in' }
  | { readonly page: 'account' }
  | { readonly page: 'repo'; readonly slug: string }
  | { readonly page: 'settings'; readonly slug: string }
  | { readonly page: 'deliveries'; readonly slug: string }
  | {
      readonly page: 'build';
      readonly slug: string;
      readonly number: number;
      readonly stage: number | undefined;
      readonly step: number | undefined;
      readonly view: 'log' | 'graph';
    }
  | { readonly page: 'not-found' };

const SIGNED_OUT = 'You are signed out.';

/** The page of an address. `reserved` are the first segments that no repository owner can have. */
export function parseRoute(pathname: string, search: string, reserved: ReadonlySet<string>): Route {
  const parts = decodeParts(pathname);
  if (parts === undefined) return { page: 'not-found' };
  const [first = ''] = parts;
  if (parts.length === 0) return { page: 'dashboard' };
  if (parts.join('/') === 'login/link') return { page: 'sign-in' };
  if (first === 'login') return loginRoute(parts, new URLSearchParams(search));
  if (parts.length === 1 && first === 'welcome') return { page: 'welcome', notice: '' };
  if (parts.length === 1 && first === 'logout') return { page: 'welcome', notice: SIGNED_OUT };
  if (parts.length === 1 && first === 'account') return { page: 'account' };
  if (reserved.has(first) || parts.length < 2) return { page: 'not-found' };
  return repoRoute(parts, search);
}

function loginRoute([, second]: readonly string[], query: URLSearchParams): Route {
  if (second === 'error') return { page: 'login-error', code: query.get('code') ?? '' };
  return { page: 'login', next: query.get('next') ?? '' };
}

function repoRoute(parts: readonly string[], search: string): Route {
  const slug = `${parts[0]}/${parts[1]}`;
  if (parts.length === 2) return { page: 'repo', slug };
  const place = parts.slice(2).join('/');
  if (place === 'settings') return { page: 'settings', slug };
  if (place === 'settings/deliveries') return { page: 'deliveries', slug };
  const numbers = parts.slice(2).map(wholeNumber);
  const [number, stage, step] = numbers;
  if (number === undefined || numbers.length > 3 || numbers.includes(undefined)) return { page: 'not-found' };
  const view = new URLSearchParams(search).get('view') === 'graph' ? 'graph' : 'log';
  return { page: 'build', slug, number, stage, step, view };
}

/** `/ns/name`, encoded. */
export function repoHref(slug: string): string {
  return `/${slug.split('/').map(encodeURIComponent).join('/')}`;
}

/** `/ns/name/7`, `/ns/name/7/2` or `/ns/name/7/2/3`. */
export function buildHref(slug: string, number: number, stage?: number, step?: number): string {
  const rest = [number, stage, step].filter((part) => part !== undefined);
  return `${repoHref(slug)}/${rest.join('/')}`;
}

/** The sign-in page, which leads back to `next`: a path on this server with what follows it. */
export function loginHref(next: string): string {
  return next === '' || next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

function decodeParts(pathname: string): string[] | undefined {
  try {
    return pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
