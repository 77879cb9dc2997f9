import { AppError } from '@sortie/core/errors';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface BrowserRequest {
  readonly method: string;
  /** The host that the browser asked for. */
  readonly host: string;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly site: string | undefined;
}

export interface OwnOrigins {
  /** Address that people open; a path in it does not count. */
  readonly publicUrl: string;
  /** Further origins that the operator trusts with sessions. */
  readonly corsOrigins: readonly string[];
}

/**
 * Refuses changes that another site's page asks for with a person's session (api-v1.md 1.2, CSRF). Browsers say
 * where a request comes from; programs send neither header and are let through. Throws `cross-site-request`.
 */
export function requireSameSite(own: OwnOrigins, request: BrowserRequest): void {
  if (SAFE_METHODS.has(request.method)) return;
  refuseForeign(own, request);
}

/** The same for requests of every method, where even a link from another site must have no effect. */
export function refuseForeign(own: OwnOrigins, request: BrowserRequest): void {
  const { origin, site } = request;
  if (origin !== undefined && isOwnOrigin(own, origin, request.host)) return;
  const isFromHere = site === undefined ? origin === undefined : site === 'same-origin' || site === 'none';
  if (isFromHere) return;
  throw new AppError('cross-site-request', 'The request came from a page of another site.', {
    hint: 'Open the page of this server itself, or use a token in the Authorization header.',
  });
}

/** True for the origin that the browser asked, for the public address, and for those that the operator lists. */
export function isOwnOrigin(own: OwnOrigins, origin: string, host: string): boolean {
  if (own.corsOrigins.includes(origin) || origin === new URL(own.publicUrl).origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
