/** Drone's name; its clients and proxies know it. */
export const SESSION_COOKIE = '_session_';

/** The value of the session cookie in a `Cookie` header; `undefined` when there is none. */
export function readSessionCookie(header: string | undefined): string | undefined {
  return readCookie(header, SESSION_COOKIE);
}

/** The first value of a cookie in a `Cookie` header; `undefined` when it is missing or empty. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== name) continue;
    const value = part.slice(at + 1).trim();
    return value === '' ? undefined : value;
  }
  return undefined;
}

/** A `Set-Cookie` header that hands a session to the browser; `pathPrefix` is where the server is, empty at the root. */
export function writeSessionCookie(value: string, options: CookieOptions): string {
  return writeCookie(SESSION_COOKIE, value, options);
}

export interface CookieOptions {
  readonly maxAgeSeconds: number;
  /** The cookie travels over TLS only. */
  readonly isSecure: boolean;
  readonly pathPrefix: string;
}

/** A `Set-Cookie` header for any cookie of this server; `value` needs no quoting. */
export function writeCookie(name: string, value: string, options: CookieOptions): string {
  const secure = options.isSecure ? '; Secure' : '';
  return `${name}=${value}; Path=${options.pathPrefix || '/'}; Max-Age=${options.maxAgeSeconds}; HttpOnly${secure}; SameSite=Lax`;
}

/** A `Set-Cookie` header that takes the session away. */
export function clearSessionCookie(pathPrefix: string): string {
  return clearCookie(SESSION_COOKIE, pathPrefix);
}

/** A `Set-Cookie` header that takes any cookie of this server away. */
export function clearCookie(name: string, pathPrefix: string): string {
  return `${name}=deleted; Path=${pathPrefix || '/'}; Max-Age=0; HttpOnly; SameSite=Lax`;
}
